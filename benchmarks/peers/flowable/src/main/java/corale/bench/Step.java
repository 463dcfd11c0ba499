package corale.bench;

import org.flowable.engine.delegate.BpmnError;
import org.flowable.engine.delegate.DelegateExecution;
import org.flowable.engine.delegate.JavaDelegate;

/** A step with nothing to do: what is measured is the engine. The last one fails where the saga says so. */
public final class Step implements JavaDelegate {
    static final String FAILS = "fails";

    @Override
    public void execute(DelegateExecution execution) {
        boolean last = Model.LAST_STEP.equals(execution.getCurrentActivityId());
        if (last && Boolean.TRUE.equals(execution.getVariable(FAILS))) {
            throw new BpmnError(Model.FAILED);
        }
    }
}
