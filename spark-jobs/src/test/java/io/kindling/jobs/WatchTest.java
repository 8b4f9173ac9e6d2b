package io.kindling.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.failure.Ending;
import io.kindling.failure.Failures;
import io.kindling.failure.JobException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The watch over a command")
@Timeout(60)
class WatchTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  private static JavaSparkContext spark(String master, Map<String, String> settings) {
    SparkConf conf =
        new SparkConf()
            .setMaster(master)
            .setAppName("watch")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1");
    settings.forEach(conf::set);
    return new JavaSparkContext(conf);
  }

  @AfterEach
  void clear() {
    System.clearProperty("spark.testing");
    System.clearProperty("spark.test.home");
  }

  @Test
  @DisplayName("interrupts it where Spark's application ended and it is still waiting")
  void applicationEnded() throws InterruptedException {
    Thread stopper;
    try (JavaSparkContext spark = spark("local[1]", Map.of());
        Watch watch = Watch.over(spark.sc(), LONG, Duration.ofMillis(50))) {
      Thread stopping = stopper = new Thread(spark::stop);
      InterruptedException e =
          assertThrows(
              InterruptedException.class,
              () -> {
                stopping.start();
                new CountDownLatch(1).await();
              });
      JobException failure = Failures.classify(e);
      assertEquals(Ending.RETRY, failure.ending());
      assertEquals(
          "InterruptedException: no message; Spark ended the application while the command was at"
              + " work, its master unknown; run it again",
          failure.getMessage());
    }
    stopper.join();
    assertFalse(Thread.interrupted(), "what comes after the command is left alone");
  }

  private static JobException failure(JavaSparkContext spark, VoidFunction<Integer> work) {
    return Failures.classify(
        assertThrows(SparkException.class, () -> spark.parallelize(List.of(0), 1).foreach(work)));
  }

  @Test
  @DisplayName("ends a job for which the cluster gives no executor")
  void noExecutors(@TempDir Path home) {
    System.setProperty("spark.testing", "true");
    System.setProperty("spark.test.home", home.toString());
    Map<String, String> tooMany =
        Map.of("spark.executor.cores", "2", "spark.executor.memory", "512m");
    try (JavaSparkContext spark = spark("local-cluster[1,1,600]", tooMany);
        Watch watch = Watch.over(spark.sc(), Duration.ofSeconds(3))) {
      JobException failure = failure(spark, index -> {});
      assertEquals(
          "SparkException: Job 0 cancelled because the cluster gave no executor in 3 s: all are"
              + " busy, none is as large as spark.executor.memory 512m and spark.executor.cores 2"
              + " ask, or they end at their start, as their logs would say; the master is unknown",
          failure.getMessage());
      assertEquals(Ending.RETRY, failure.ending());
    }
  }
}
