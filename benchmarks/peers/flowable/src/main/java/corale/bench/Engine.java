package corale.bench;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import org.flowable.engine.ProcessEngine;
import org.flowable.engine.impl.cfg.StandaloneProcessEngineConfiguration;

/** The engine on PostgreSQL, as an operator would run it: an asynchronous executor with a pool of threads. */
final class Engine {
    private static final int CONNECTIONS = 24;
    private static final int EXECUTORS = 16;

    private Engine() {
    }

    static ProcessEngine open(String url, String user, String password) {
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(url);
        pool.setUsername(user);
        pool.setPassword(password);
        pool.setMaximumPoolSize(CONNECTIONS);

        StandaloneProcessEngineConfiguration engine = new StandaloneProcessEngineConfiguration();
        engine.setDataSource(new HikariDataSource(pool));
        engine.setDatabaseSchemaUpdate("true");
        engine.setHistory("activity");
        engine.setAsyncExecutorActivate(true);
        engine.setAsyncExecutorCorePoolSize(EXECUTORS);
        engine.setAsyncExecutorMaxPoolSize(EXECUTORS);
        return engine.buildProcessEngine();
    }
}
