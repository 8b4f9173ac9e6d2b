package io.kindling.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.conf.ConfigException;
import io.kindling.core.DataException;
import io.kindling.core.DeviceException;
import io.kindling.core.MemoryException;
import io.kindling.core.ShapeException;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.security.AccessControlException;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresTest {
  /** Cannot be serialized, so Spark hands its text over and nothing else. */
  private static final class TextOnlyException extends IOException {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("unused")
    private final Object notSerializable = new Object();

    TextOnlyException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  static List<Arguments> endings() {
    return List.of(
        Arguments.of(Ending.BAD_CONFIG, new ConfigException("a.b", "a.b is odd"), "a.b is odd"),
        Arguments.of(Ending.BAD_CONFIG, new ShapeException("matmul: no"), "matmul: no"),
        Arguments.of(
            Ending.BAD_DATA,
            new DataException("x.gz ends early", new EOFException()),
            "x.gz ends early"),
        Arguments.of(Ending.NO_DEVICE, new DeviceException("no cuda"), "no cuda"),
        Arguments.of(Ending.NO_DEVICE, new MemoryException("conv2d asked"), "conv2d asked"),
        Arguments.of(
            Ending.NO_DEVICE,
            new OutOfMemoryError("Java heap space"),
            "OutOfMemoryError: Java heap space; raise --driver-memory or --executor-memory, or"
                + " lower train.batch_size"),
        Arguments.of(
            Ending.INPUT_MISSING,
            new ExecutionException(new FileNotFoundException("no x")),
            "FileNotFoundException: no x"),
        Arguments.of(
            Ending.INPUT_MISSING,
            new AccessControlException("Permission denied: user=u, access=READ, inode=x"),
            "AccessControlException: Permission denied: user=u, access=READ, inode=x"),
        Arguments.of(
            Ending.CANNOT_WRITE,
            new AccessControlException("Permission denied: user=u, access=WRITE, inode=x"),
            "AccessControlException: Permission denied: user=u, access=WRITE, inode=x"),
        Arguments.of(
            Ending.CANNOT_WRITE,
            new IOException("No space left on device"),
            "IOException: No space left on device; free the disk, or use another (--output,"
                + " spark.local.dir)"),
        Arguments.of(
            Ending.BAD_CONFIG,
            new UnsupportedFileSystemException("No FileSystem for scheme \"s3a\""),
            "UnsupportedFileSystemException: No FileSystem for scheme \"s3a\"; add the file"
                + " system's jars, for s3a: --packages org.apache.hadoop:hadoop-aws:VERSION"),
        Arguments.of(
            Ending.BAD_CONFIG,
            new ClassNotFoundException("Class org.apache.hadoop.fs.s3a.S3AFileSystem not found"),
            "ClassNotFoundException: Class org.apache.hadoop.fs.s3a.S3AFileSystem not found; add"
                + " the file system's jars, for s3a: --packages"
                + " org.apache.hadoop:hadoop-aws:VERSION"),
        Arguments.of(
            Ending.RETRY,
            new IllegalStateException(
                "Cannot call methods on a stopped SparkContext.\nThis stopped SparkContext was"
                    + " created at:\n\norg.apache.spark.SparkContext.getOrCreate(SparkContext.scala:2)"),
            "IllegalStateException: Cannot call methods on a stopped SparkContext; Spark was"
                + " stopped before the command ended, by a signal or by the cluster, its master unknown; run"
                + " it again"),
        Arguments.of(
            Ending.RETRY,
            new SparkException("Job 3 cancelled because SparkContext was shut down"),
            "SparkException: Job 3 cancelled because SparkContext was shut down; Spark was stopped"
                + " before the command ended, by a signal or by the cluster, its master unknown;"
                + " run it again"),
        Arguments.of(
            Ending.INTERNAL,
            new IllegalStateException(
                "odd\n\tat com.acme.Net.forward(Net.java:3)\n"
                    + "java.base/java.lang.Thread.run(Thread.java:840)\nend"),
            "IllegalStateException: odd\nend (--verbose shows the stack trace)"),
        Arguments.of(
            Ending.INTERNAL,
            new NullPointerException(),
            "NullPointerException: no message (--verbose shows the stack trace)"));
  }

  @ParameterizedTest
  @MethodSource("endings")
  @DisplayName("the kind of the root cause decides the ending and the words")
  void kinds(Ending ending, Throwable thrown, String message) {
    JobException failure = Failures.classify(new RuntimeException("wrapper", thrown));
    assertEquals(ending, failure.ending());
    assertEquals(message, failure.getMessage());
    assertEquals(Place.UNKNOWN, failure.place());
  }

  @Test
  @DisplayName("used-up memory is the cause, whatever it was wrapped into")
  void memoryFirst() {
    ConfigException wrapper = new ConfigException("model", "the constructor failed");
    wrapper.initCause(new MemoryException("zeros asked for 1 MiB"));
    JobException failure = Failures.classify(wrapper);
    assertEquals(Ending.NO_DEVICE, failure.ending());
    assertEquals("zeros asked for 1 MiB", failure.getMessage());
  }

  private static JobException ofJob(VoidFunction<Integer> work) {
    SparkConf conf =
        new SparkConf()
            .setMaster("local[1]")
            .setAppName("failures")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1");
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      return Failures.classify(
          assertThrows(
              SparkException.class, () -> spark.parallelize(List.of(0, 1), 2).foreach(work)));
    }
  }

  @Test
  @DisplayName("what a task threw is found behind Spark's exception, with partition and host")
  void taskException() {
    JobException failure =
        ofJob(
            index -> {
              if (index == 1) {
                throw new DataException("labels.gz: record 12 holds label 11");
              }
            });
    assertEquals(Ending.BAD_DATA, failure.ending());
    assertEquals("DataException", failure.type());
    assertEquals("labels.gz: record 12 holds label 11", failure.getMessage());
    assertEquals(1, failure.place().partition());
    assertNotNull(failure.place().host());
  }

  @Test
  @DisplayName("what a task knows of its place is kept")
  void taskJobException() {
    JobException failure =
        ofJob(
            index -> {
              if (index == 0) {
                throw new JobException(
                    Ending.BAD_DATA, "odd label", Place.ofRecord("labels.gz", 12), null);
              }
            });
    assertEquals(Ending.BAD_DATA, failure.ending());
    assertEquals("labels.gz", failure.place().file());
    assertEquals(12, failure.place().record());
    assertEquals(0, failure.place().partition());
  }

  @Test
  @DisplayName("an exception that arrives as text alone is read from the text")
  void textOnly() {
    JobException failure =
        ofJob(
            index -> {
              if (index == 0) {
                DataException cause =
                    new DataException("images.gz is truncated:\nexpected 784 bytes");
                throw new TextOnlyException("wrapped", cause);
              }
            });
    assertEquals(Ending.BAD_DATA, failure.ending());
    assertEquals("DataException", failure.type());
    assertEquals("images.gz is truncated:\nexpected 784 bytes", failure.getMessage());
    assertEquals(0, failure.place().partition());
  }

  @Test
  @DisplayName("a class that the driver does not know keeps its name and message")
  void unknownClass() {
    String text =
        "Job aborted due to stage failure: Task 3 in stage 1.0 failed 4 times, most recent failure:"
            + " Lost task 3.3 in stage 1.0 (TID 9) (10.0.0.7 executor 2): com.acme.OddException:"
            + " it is odd\n\tat com.acme.Net.forward(Net.java:3)\n\nDriver stacktrace:";
    JobException failure = Failures.classify(new SparkException(text));
    assertEquals(Ending.INTERNAL, failure.ending());
    assertEquals("OddException: it is odd (--verbose shows the stack trace)", failure.getMessage());
    assertEquals("partition 3, host 10.0.0.7", failure.place().toString());
  }

  @Test
  @DisplayName("a lost executor is worth a retry; the words that Airflow reads are not repeated")
  void executorLost() {
    String text =
        "Job aborted due to stage failure: Task 0 in stage 4.0 failed 4 times, most recent failure:"
            + " Lost task 0.3 in stage 4.0 (TID 22) (10.0.0.7 executor 5): ExecutorLostFailure"
            + " (executor 5 exited caused by one of the running tasks) Reason: Container killed,"
            + " Exit code: 137\nDriver stacktrace:";
    JobException failure = Failures.classify(new SparkException(text));
    assertEquals(Ending.RETRY, failure.ending());
    assertEquals(
        "Spark lost an executor, executor 5 exited caused by one of the running tasks: Container"
            + " killed, exit status 137; if its container ran out of memory, raise"
            + " spark.executor.memoryOverhead",
        failure.getMessage());
    assertFalse(failure.getMessage().toLowerCase(Locale.ROOT).contains("exit code"));
  }

  @Test
  @DisplayName("a chain of causes that turns back on itself ends")
  void circularCauses() {
    RuntimeException first = new RuntimeException("first");
    RuntimeException second = new RuntimeException("second", first);
    first.initCause(second);
    assertEquals(Ending.INTERNAL, Failures.classify(first).ending());
  }

  @Test
  @DisplayName("credentials in a message or a file's name are masked")
  void secrets() {
    JobException failure =
        Failures.classify(
            new DataException("s3a://id:key@bucket/x is cut").in("s3a://id:key@bucket/x"));
    assertEquals("s3a://***@bucket/x is cut", failure.getMessage());
    assertEquals("s3a://***@bucket/x", failure.place().file());
    assertEquals(
        "--set db.password=***: expected {token: ***, tokens: 5}",
        Failures.classify(
                new ConfigException(
                    "x", "--set db.password=\"my own\": expected {token: abc, tokens: 5}"))
            .getMessage());
  }
}
