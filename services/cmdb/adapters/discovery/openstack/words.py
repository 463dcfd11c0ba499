"""How the properties of an image are called in Glance (documented and customary ones), and in the wire."""

from collections.abc import Mapping

from shared.contracts.topology import Json

TEXTS = {
    "architecture": ("architecture", "hw_architecture"),
    "type": ("os_type",),
    "distribution": ("os_distro",),
    "version": ("os_version",),
    "gpu_driver_version": ("gpu_driver_version",),
    "cuda_version": ("cuda_version",),
    "cudnn_version": ("cudnn_version",),
    "user": ("os_admin_user", "image_username", "default_user", "user_name"),
}
FLAGS = {"gpu_driver": ("gpu_driver",), "cuda_support": ("cuda_support",)}
TRUE = ("true", "yes", "1", "on")
LONGEST = 255


def image_words(properties: Mapping[str, Json]) -> dict[str, Json]:
    """The wire's fields of an image's properties. A driver's or CUDA's version says that it is there."""
    low = {name.lower(): value for name, value in properties.items()}
    words: dict[str, Json] = {field: _text(low, names) for field, names in TEXTS.items()}
    words["gpu_driver"] = _flag(low, FLAGS["gpu_driver"]) or words["gpu_driver_version"] is not None
    words["cuda_support"] = _flag(low, FLAGS["cuda_support"]) or words["cuda_version"] is not None
    return without_nulls(words)


def without_nulls(document: Mapping[str, Json]) -> dict[str, Json]:
    """In a layer a null would take away; what is not known is not said."""
    return {name: value for name, value in document.items() if value is not None}


def _text(properties: Mapping[str, Json], names: tuple[str, ...]) -> str | None:
    said = (properties.get(name) for name in names)
    return next((value[:LONGEST] for value in said if isinstance(value, str) and value), None)


def _flag(properties: Mapping[str, Json], names: tuple[str, ...]) -> bool:
    return any(str(properties.get(name, "")).lower() in TRUE for name in names)
