package io.kindling.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.exchange.rounds.ClusterException;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.NotSerializableException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.util.List;
import org.apache.hadoop.security.AccessControlException;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Chains as HDFS, S3 and Spark throw them. */
@DisplayName("The table of causes")
class CausesTest {
  private static final String CREDENTIALS =
      "; check the credentials (spark.hadoop.fs.s3a.*, or the host's role) and their permission";

  private static <T extends Throwable> T with(T thrown, Throwable cause) {
    thrown.initCause(cause);
    return thrown;
  }

  /** As Spark tells of a task whose exception the driver cannot read. */
  private static SparkException text(String exceptions) {
    return new SparkException(
        "Job aborted due to stage failure: Task 0 in stage 1.0 failed 4 times, most recent failure:"
            + " Lost task 0.3 in stage 1.0 (TID 9) (10.0.0.7 executor 2): "
            + exceptions
            + "\n\tat com.acme.Net.forward(Net.java:3)\n\nDriver stacktrace:");
  }

  static List<Arguments> chains() {
    String refused =
        "Call From vm/127.0.0.1 to nn:9820 failed on connection exception:"
            + " java.net.ConnectException: Connection refused; For more details see:"
            + "  http://wiki.apache.org/hadoop/ConnectionRefused";
    String ended =
        "End of File Exception between local host is: \"vm/127.0.0.1\"; destination host is:"
            + " \"nn\":9820; : java.io.EOFException";
    String s3 =
        "getFileStatus on s3a://data/a: software.amazon.awssdk.core.exception.SdkClientException:"
            + " Unable to execute HTTP request: Connect to 127.0.0.1:9299 [/127.0.0.1] failed";
    String key =
        "s3a://data/a/b: getFileStatus on s3a://data/a/b:"
            + " software.amazon.awssdk.services.s3.model.S3Exception: null (Service: S3, Status"
            + " Code: 403):null";
    String none =
        "s3a://data/a/b: org.apache.hadoop.fs.s3a.auth.NoAwsCredentialsException:"
            + " SimpleAWSCredentialsProvider: No AWS credentials in the Hadoop configuration";
    String bucket =
        "`s3a://nosuch/a': getFileStatus on s3a://nosuch/a: NoSuchBucketException: The specified"
            + " bucket does not exist";
    return List.of(
        Arguments.of(
            Ending.RETRY,
            with(new ConnectException(refused), new ConnectException("Connection refused")),
            "ConnectException: " + refused + "; the service did not answer"),
        Arguments.of(
            Ending.RETRY,
            with(new EOFException(ended), new EOFException()),
            "EOFException: " + ended + "; the service ended the connection"),
        Arguments.of(
            Ending.RETRY,
            new NoRouteToHostException("No Route to Host from a to b:9820"),
            "NoRouteToHostException: No Route to Host from a to b:9820; the service did not answer"),
        Arguments.of(
            Ending.RETRY,
            new IllegalArgumentException(new UnknownHostException("nosuch")),
            "UnknownHostException: nosuch; the service did not answer"),
        Arguments.of(
            Ending.RETRY,
            with(
                new ConnectException(s3),
                new RuntimeException("sdk", new ConnectException("Connection refused"))),
            "ConnectException: " + s3 + "; the service did not answer"),
        Arguments.of(
            Ending.INPUT_MISSING,
            with(new AccessDeniedException(key), new RuntimeException("S3Exception: null")),
            "AccessDeniedException: " + key + CREDENTIALS),
        Arguments.of(
            Ending.INPUT_MISSING,
            with(new AccessDeniedException(none), new RuntimeException("no credentials")),
            "AccessDeniedException: " + none + CREDENTIALS),
        Arguments.of(
            Ending.INPUT_MISSING,
            text(
                "org.apache.hadoop.fs.s3a.UnknownStoreException: "
                    + bucket
                    + "\n\tat org.apache.hadoop.fs.s3a.S3AUtils.translate(S3AUtils.java:2)\nCaused"
                    + " by: software.amazon.awssdk.services.s3.model.NoSuchBucketException: no"),
            "UnknownStoreException: " + bucket + "; make the bucket, or name another"),
        Arguments.of(
            Ending.CANNOT_WRITE,
            with(
                new AccessControlException(
                    "Permission denied: user=u, access=WRITE, inode=\"/p\":r:g:drwx\n"
                        + "\tat org.apache.hadoop.X.check(X.java:661)\n"
                        + "\tat org.apache.hadoop.Protos$2.callBlockingMethod(Protos.java)"),
                new IOException("RemoteException: Permission denied")),
            "AccessControlException: Permission denied: user=u, access=WRITE,"
                + " inode=\"/p\":r:g:drwx"),
        Arguments.of(
            Ending.INTERNAL,
            new SparkException("Task not serializable", new NotSerializableException("com.acme.A")),
            "NotSerializableException: com.acme.A; what the model or a factory holds must be"
                + " serializable, and the same jar must be on driver and executors"),
        Arguments.of(
            Ending.RETRY,
            new FileNotFoundException("/tmp/blockmgr-0abeee4e-cca3/0c/rdd_1 (No such file)"),
            "FileNotFoundException: /tmp/blockmgr-0abeee4e-cca3/0c/rdd_1 (No such file); something"
                + " deleted the files that Spark keeps there (spark.local.dir); run it again"),
        Arguments.of(
            Ending.BAD_CONFIG,
            new SparkException(
                "Job aborted due to stage failure: Total size of serialized results of 3 tasks (1.1"
                    + " GiB) is bigger than spark.driver.maxResultSize (1024.0 MiB)"),
            "SparkException: Job aborted due to stage failure: Total size of serialized results of"
                + " 3 tasks (1.1 GiB) is bigger than spark.driver.maxResultSize (1024.0 MiB); raise"
                + " it with --conf, or use fewer data.partitions"),
        Arguments.of(
            Ending.BAD_CONFIG,
            new IllegalArgumentException(
                "Required executor memory (99999 MB) is above the max threshold (4096 MB)"),
            "IllegalArgumentException: Required executor memory (99999 MB) is above the max"
                + " threshold (4096 MB)"),
        Arguments.of(
            Ending.BAD_CONFIG,
            new SparkException(
                "Failed to submit application_1 to YARN : Application application_1 submitted by"
                    + " user root to unknown queue: nope"),
            "SparkException: Failed to submit application_1 to YARN : Application application_1"
                + " submitted by user root to unknown queue: nope"),
        Arguments.of(
            Ending.BAD_CONFIG,
            new UnsupportedOperationException("getSubject is not supported"),
            "UnsupportedOperationException: getSubject is not supported; this Spark does not run on"
                + " this Java ("
                + System.getProperty("java.version")
                + "): use Java 17, or a Spark made for it"),
        Arguments.of(
            Ending.BAD_CONFIG,
            new NoClassDefFoundError("com/acme/Helper"),
            "NoClassDefFoundError: com/acme/Helper; add the jar that holds it with --jars"),
        Arguments.of(Ending.RETRY, new ClusterException("no task ended"), "no task ended"));
  }

  @ParameterizedTest
  @MethodSource("chains")
  @DisplayName("takes the outermost exception that says something, not the deepest")
  void outermost(Ending ending, Throwable thrown, String message) {
    JobException failure = Failures.classify(new SparkException("Spark's wrapper", thrown));
    assertEquals(message, failure.getMessage());
    assertEquals(ending, failure.ending());
  }

  @AfterEach
  void clear() {
    System.clearProperty("spark.master");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Exiting due to error from cluster scheduler: All masters are unresponsive! Giving up.",
        "Job aborted due to stage failure: Master removed our application: KILLED",
        "Job 3 cancelled because SparkContext was shut down",
        "SparkContext has been shutdown",
      })
  @DisplayName("a cluster that went away is worth a retry, and its master is named")
  void clusterGone(String message) {
    System.setProperty("spark.master", "spark://10.0.0.1:7077");
    Throwable thrown =
        message.startsWith("SparkContext")
            ? new IllegalStateException(message)
            : new SparkException(message);
    JobException failure = Failures.classify(thrown);
    assertEquals(Ending.RETRY, failure.ending(), failure.getMessage());
    assertTrue(
        failure.getMessage().endsWith(", its master spark://10.0.0.1:7077; run it again"),
        failure.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "s3a://data/runs/1, CANNOT_WRITE",
    "s3a://data/runs/1/, CANNOT_WRITE",
    "s3a://data/runs/2, INPUT_MISSING",
    ", INPUT_MISSING"
  })
  @DisplayName("a denial at the output is one of writing, and elsewhere one of reading")
  void readAndWrite(String output, Ending ending) {
    AccessDeniedException thrown =
        new AccessDeniedException(
            "s3a://data/runs/1/status.json: getFileStatus on s3a://data/runs/1/status.json: 403");
    assertEquals(ending, Failures.classify(thrown, output).ending());
  }

  @Test
  @DisplayName("an executor whose heap ended is no reason for a retry; a killed one is")
  void lostExecutors() {
    JobException heap =
        Failures.classify(
            text("ExecutorLostFailure (executor 2 exited) Reason: Command exited with code 52"));
    assertEquals(Ending.NO_DEVICE, heap.ending());
    assertTrue(heap.getMessage().endsWith("or lower train.batch_size"), heap.getMessage());
    JobException killed =
        Failures.classify(
            text("ExecutorLostFailure (executor 2 exited) Reason: Command exited with code 137"));
    assertEquals(Ending.RETRY, killed.ending());
    assertTrue(killed.getMessage().endsWith("raise spark.executor.memoryOverhead"));
    assertNull(killed.place().file());
  }
}
