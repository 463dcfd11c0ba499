package corale.bench;

import java.util.concurrent.atomic.AtomicInteger;
import org.flowable.engine.delegate.DelegateExecution;
import org.flowable.engine.delegate.JavaDelegate;

/** The compensation, counted. */
public final class Undo implements JavaDelegate {
    static final AtomicInteger COUNT = new AtomicInteger();

    @Override
    public void execute(DelegateExecution execution) {
        COUNT.incrementAndGet();
    }
}
