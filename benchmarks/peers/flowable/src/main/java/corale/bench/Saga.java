package corale.bench;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.flowable.engine.ProcessEngine;

/**
 * The saga on Flowable. Arguments: sagas, in flight. Environment: PEER_JDBC, PEER_USER, PEER_PASSWORD.
 *
 * <p>Warms up, says "ready", waits for a line, runs, and answers with a line of JSON.
 */
public final class Saga {
    private static final int COMPENSATED_OF_TEN = 1;
    private static final int LEAST_WARM_UP = 300;

    private Saga() {
    }

    public static void main(String[] arguments) throws Exception {
        int sagas = Integer.parseInt(arguments[0]);
        int inFlight = Integer.parseInt(arguments[1]);
        Map<String, String> given = System.getenv();
        ProcessEngine engine = Engine.open(given.get("PEER_JDBC"), given.get("PEER_USER"), given.get("PEER_PASSWORD"));
        engine.getRepositoryService().createDeployment().addBpmnModel("saga.bpmn20.xml", Model.saga()).deploy();

        measure(engine, "warm-up", Math.max(LEAST_WARM_UP, sagas / 3), inFlight);
        System.out.println("ready");
        new BufferedReader(new InputStreamReader(System.in)).readLine();
        System.out.println(measure(engine, "measured", sagas, inFlight));
        System.exit(0);
    }

    private static String measure(ProcessEngine engine, String round, int sagas, int inFlight) throws Exception {
        Undo.COUNT.set(0);
        double[] milliseconds = new double[sagas];
        Semaphore room = new Semaphore(inFlight);
        long began = System.nanoTime();
        for (int number = 0; number < sagas; number++) {
            room.acquire();
            int place = number;
            long asked = System.nanoTime();
            String saga = round + "-" + number;
            Ended.await(saga, () -> {
                milliseconds[place] = (System.nanoTime() - asked) / 1e6;
                room.release();
            });
            Map<String, Object> variables = Map.of(Step.FAILS, number % 10 < COMPENSATED_OF_TEN);
            engine.getRuntimeService().startProcessInstanceByKey(Model.PROCESS, saga, variables);
        }
        room.acquire(inFlight);
        double seconds = (System.nanoTime() - began) / 1e9;
        return told(milliseconds, seconds);
    }

    private static String told(double[] milliseconds, double seconds) {
        Arrays.sort(milliseconds);
        int sagas = milliseconds.length;
        return String.format(
                Locale.ROOT,
                "{\"sagas\":%d,\"compensated\":%d,\"seconds\":%.4f,\"p50_ms\":%.3f,\"p99_ms\":%.3f}",
                sagas, Undo.COUNT.get(), seconds,
                milliseconds[rank(sagas, 0.5)], milliseconds[rank(sagas, 0.99)]);
    }

    private static int rank(int count, double share) {
        return Math.max(0, (int) Math.ceil(count * share) - 1);
    }
}
