package corale.bench;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.flowable.common.engine.impl.cfg.TransactionState;
import org.flowable.common.engine.impl.context.Context;
import org.flowable.engine.delegate.DelegateExecution;
import org.flowable.engine.delegate.ExecutionListener;

/** Tells whoever waits for a saga that it has ended, once that is committed and not before. */
public final class Ended implements ExecutionListener {
    private static final Map<String, Runnable> WAITING = new ConcurrentHashMap<>();

    static void await(String saga, Runnable then) {
        WAITING.put(saga, then);
    }

    @Override
    public void notify(DelegateExecution execution) {
        String saga = execution.getProcessInstanceBusinessKey();
        Context.getTransactionContext().addTransactionListener(TransactionState.COMMITTED, context -> tell(saga));
    }

    private static void tell(String saga) {
        Runnable then = WAITING.remove(saga);
        if (then != null) {
            then.run();
        }
    }
}
