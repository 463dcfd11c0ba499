"""IM's Dummy cloud, with addresses on loopback and failures to order.

The stock one gives every machine one address that is private for IM and is configured over SSH, which nobody answers.
Here machine *n* has 127.2.0.(n+1) on public networks and 127.1.0.(n+1) on private ones, nothing is configured over SSH,
and the name of a machine's image orders trouble:

    …fail-launch…   the launch is refused
    …fail-later…    pending for a while, then failed
    …slow…          pending for a while, then running
    …fail-ctxt…     running, then unconfigured
    …fail-delete…   the machine cannot be deleted
"""

import time

from IM.connectors import Dummy  # type: ignore[import-not-found]
from IM.VirtualMachine import VirtualMachine  # type: ignore[import-not-found]

PRIVATE_MASK = "127.1.0.0/16"
_PUBLIC, _PRIVATE = "127.2.0", "127.1.0"

Launched = list[tuple[bool, object]]


def install(slow_seconds: float) -> None:
    """Take the place of the stock connector; what is slow takes this long. Skip contextualization on every cloud."""

    class LoopbackCloud(Dummy.DummyCloudConnector):  # type: ignore[misc]
        """The connector IM finds under the name `Dummy`."""

        def launch(self, inf: object, radl: object, requested: object, count: int, auth: object) -> Launched:
            if "fail-launch" in _image(radl):
                return [(False, "Dummy: quota exceeded (asked for by the image)")] * count
            launched: Launched = super().launch(inf, radl, requested, count, auth)
            for _, machine in launched:
                _place(machine)
            return launched

        def updateVMInfo(self, vm: VirtualMachine, _auth: object) -> tuple[bool, VirtualMachine]:  # noqa: N802
            _grow(vm, slow_seconds)
            return True, vm

        def finalize(self, vm: VirtualMachine, last: bool, auth: object) -> tuple[bool, str]:  # noqa: FBT001
            if "fail-delete" in _image(vm.info):
                return False, "Dummy: cannot delete the machine (asked for by the image)"
            ended: tuple[bool, str] = super().finalize(vm, last, auth)
            return ended

    Dummy.DummyCloudConnector = LoopbackCloud
    VirtualMachine.contextualize = lambda _: False


def _place(vm: VirtualMachine) -> None:
    system = vm.info.systems[0]
    # The stock id is the clock in hundredths of a second: two machines of one launch could share it.
    vm.id = f"dummy-{vm.inf.id[:8]}-{vm.im_id}"
    for number in range(system.getNumNetworkIfaces()):
        network = vm.info.get_network_by_id(system.getValue(f"net_interface.{number}.connection"))
        net = _PUBLIC if network and network.isPublic() else _PRIVATE
        system.setValue(f"net_interface.{number}.ip", f"{net}.{vm.im_id + 1}")
    if any(word in _image(vm.info) for word in ("slow", "fail-later", "fail-ctxt")):
        vm.state = VirtualMachine.PENDING


def _grow(vm: VirtualMachine, slow_seconds: float) -> None:
    if vm.state != VirtualMachine.PENDING:
        return
    image = _image(vm.info)
    if "fail-ctxt" in image:
        # IM has set `configured` to true by itself, since there is nothing to contextualize.
        if vm.configured:
            vm.configured = False
            vm.state = VirtualMachine.RUNNING
            vm.cont_out = "Dummy: contextualization failed (asked for by the image)"
    elif time.time() - (vm.creation_date or 0) > slow_seconds:
        vm.state = VirtualMachine.RUNNING
        if "fail-later" in image:
            vm.state = VirtualMachine.FAILED
            vm.error_msg = "Dummy: the machine went to error (asked for by the image)"


def _image(radl: object) -> str:
    systems = getattr(radl, "systems", [])
    return str(systems[0].getValue("disk.0.image.url") or "") if systems else ""
