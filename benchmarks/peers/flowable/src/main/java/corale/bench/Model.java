package corale.bench;

import org.flowable.bpmn.model.BoundaryEvent;
import org.flowable.bpmn.model.BpmnModel;
import org.flowable.bpmn.model.EndEvent;
import org.flowable.bpmn.model.ErrorEventDefinition;
import org.flowable.bpmn.model.FlowableListener;
import org.flowable.bpmn.model.ImplementationType;
import org.flowable.bpmn.model.Process;
import org.flowable.bpmn.model.SequenceFlow;
import org.flowable.bpmn.model.ServiceTask;
import org.flowable.bpmn.model.StartEvent;

/** The saga as a process: six steps in a row, and a boundary event on the last that leads to the compensation. */
final class Model {
    static final String PROCESS = "saga";
    static final String LAST_STEP = "step6";
    static final String FAILED = "site-failed";
    private static final int STEPS = 6;

    private Model() {
    }

    static BpmnModel saga() {
        Process process = new Process();
        process.setId(PROCESS);
        process.setExecutable(true);
        process.getExecutionListeners().add(atTheEnd());
        StartEvent start = new StartEvent();
        start.setId("start");
        EndEvent end = new EndEvent();
        end.setId("end");
        process.addFlowElement(start);
        process.addFlowElement(end);

        String before = start.getId();
        ServiceTask last = null;
        for (int number = 1; number <= STEPS; number++) {
            last = task("step" + number, Step.class);
            process.addFlowElement(last);
            process.addFlowElement(new SequenceFlow(before, last.getId()));
            before = last.getId();
        }
        process.addFlowElement(new SequenceFlow(before, end.getId()));
        addCompensation(process, last, end);

        BpmnModel model = new BpmnModel();
        model.addError(FAILED, FAILED);
        model.addProcess(process);
        return model;
    }

    private static void addCompensation(Process process, ServiceTask last, EndEvent end) {
        ErrorEventDefinition error = new ErrorEventDefinition();
        error.setErrorCode(FAILED);
        BoundaryEvent failed = new BoundaryEvent();
        failed.setId("failed");
        failed.setAttachedToRef(last);
        failed.setAttachedToRefId(last.getId());
        failed.addEventDefinition(error);
        last.getBoundaryEvents().add(failed);
        ServiceTask undo = task("undo", Undo.class);
        process.addFlowElement(failed);
        process.addFlowElement(undo);
        process.addFlowElement(new SequenceFlow(failed.getId(), undo.getId()));
        process.addFlowElement(new SequenceFlow(undo.getId(), end.getId()));
    }

    /** A step of its own transaction and its own job, as today's orchestrator models its steps. */
    private static ServiceTask task(String id, Class<?> work) {
        ServiceTask task = new ServiceTask();
        task.setId(id);
        task.setImplementationType(ImplementationType.IMPLEMENTATION_TYPE_CLASS);
        task.setImplementation(work.getName());
        task.setAsynchronous(true);
        task.setExclusive(true);
        return task;
    }

    private static FlowableListener atTheEnd() {
        FlowableListener listener = new FlowableListener();
        listener.setEvent("end");
        listener.setImplementationType(ImplementationType.IMPLEMENTATION_TYPE_CLASS);
        listener.setImplementation(Ended.class.getName());
        return listener;
    }
}
