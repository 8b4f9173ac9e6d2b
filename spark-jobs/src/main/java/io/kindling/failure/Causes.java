package io.kindling.failure;

import io.kindling.conf.ConfigException;
import io.kindling.core.DTypeException;
import io.kindling.core.DataException;
import io.kindling.core.DeviceException;
import io.kindling.core.KindlingException;
import io.kindling.core.MemoryException;
import io.kindling.core.ShapeException;
import io.kindling.exchange.rounds.ClusterException;
import io.kindling.nn.LayerException;
import io.kindling.nn.StateDictException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.zip.ZipException;

/**
 * The table of causes, in order: the first row that fits decides.
 *
 * <p>The choices that are not obvious: a shape or a data type that does not fit is a bad
 * configuration, because the model and the data are chosen there. Used-up memory, native or heap,
 * means that the device does not suffice: the same command would ask for as much again, so a retry
 * is not worthwhile; neither is it where permission or credentials are missing. A lost executor, a
 * connection and any other input/output error may pass.
 */
final class Causes {
  private static final String SPARK = "org.apache.spark.SparkException";
  private static final String ILLEGAL_ARGUMENT = "java.lang.IllegalArgumentException";
  private static final String ILLEGAL_STATE = "java.lang.IllegalStateException";
  private static final String DENIED = "java.nio.file.AccessDeniedException";
  private static final String HDFS_DENIED = "org.apache.hadoop.security.AccessControlException";
  private static final String NO_CLASS = "java.lang.ClassNotFoundException";

  private static final String RUN_AGAIN = "; run it again";
  private static final String CREDENTIALS =
      "; check the credentials (spark.hadoop.fs.s3a.*, or the host's role) and their permission";

  /** What an exception says of memory, whatever it was wrapped into. */
  static final Cause HEAP =
      Cause.of(
          Ending.NO_DEVICE,
          "; raise --driver-memory or --executor-memory, or lower train.batch_size",
          "",
          "java.lang.OutOfMemoryError",
          "org.apache.spark.memory.SparkOutOfMemoryError");

  static final List<Cause> OURS =
      List.of(
          Cause.of(Ending.NO_DEVICE, MemoryException.class, DeviceException.class),
          Cause.of(
              Ending.BAD_CONFIG,
              ConfigException.class,
              ShapeException.class,
              DTypeException.class,
              LayerException.class,
              StateDictException.class),
          Cause.of(Ending.BAD_DATA, DataException.class),
          Cause.of(Ending.RETRY, ClusterException.class),
          Cause.of(Ending.INTERNAL, KindlingException.class));

  /** The cluster went away, or Spark was stopped. */
  static final List<Cause> CLUSTER =
      List.of(
          Cause.of(
              Ending.RETRY,
              "; the cluster ended the application, its master %s" + RUN_AGAIN,
              "Master removed our application|[Mm]asters are unresponsive"
                  + "|error from cluster scheduler|Yarn application has already (ended|exited)"
                  + "|YARN application has exited",
              SPARK),
          Cause.of(
              Ending.RETRY,
              "; Spark was stopped before the command ended, by a signal or by the cluster, its"
                  + " master %s"
                  + RUN_AGAIN,
              "was shut down|has been shutdown|cancelled because SparkContext"
                  + "|stopped SparkContext|RpcEnv already stopped|LiveListenerBus is stopped"
                  + "|Could not find \\w*Scheduler|Could not find HeartbeatReceiver",
              SPARK,
              ILLEGAL_STATE),
          Cause.of(
              Ending.RETRY,
              "; Spark ended the application while the command was at work, its master %s"
                  + RUN_AGAIN,
              "",
              "java.lang.InterruptedException",
              "java.nio.channels.ClosedByInterruptException"),
          Cause.of(Ending.RETRY, "; the master is %s", "the cluster gave no executor", SPARK));

  private static final List<Cause> SPARKS =
      List.of(
          Cause.of(
              Ending.BAD_CONFIG,
              "; raise it with --conf, or use fewer data.partitions",
              "spark\\.driver\\.maxResultSize",
              SPARK),
          Cause.of(
              Ending.BAD_CONFIG,
              "",
              "Could not parse Master URL|[Mm]aster must either be|unknown queue",
              SPARK,
              "org.apache.hadoop.yarn.exceptions.YarnException"),
          Cause.of(
              Ending.BAD_CONFIG,
              "",
              "Required (executor|AM) memory|(System|Executor) memory .* must be at least",
              ILLEGAL_ARGUMENT),
          Cause.of(
              Ending.RETRY,
              "; a node or its disk went away" + RUN_AGAIN,
              "Failed to get broadcast_|cannot run anywhere due to",
              SPARK),
          Cause.of(
              Ending.RETRY,
              "; something deleted the files that Spark keeps there (spark.local.dir)" + RUN_AGAIN,
              "/(blockmgr|spark)-[0-9a-f]+-[0-9a-f-]+",
              FileNotFoundException.class.getName(),
              NoSuchFileException.class.getName()));

  private static final List<Cause> JAVA =
      List.of(
          Cause.of(
              Ending.BAD_CONFIG,
              "; this Spark does not run on this Java (%v): use Java 17, or a Spark made for it",
              "getSubject is (not supported|supported only)|Security Manager",
              "java.lang.UnsupportedOperationException"),
          Cause.of(
              Ending.BAD_CONFIG,
              "; compiled for a later Java than this one (%v)",
              "",
              "java.lang.UnsupportedClassVersionError"),
          Cause.of(
              Ending.BAD_CONFIG,
              "; give Java the options that spark-submit gives it, with"
                  + " spark.driver.extraJavaOptions=--add-opens=java.base/PACKAGE=ALL-UNNAMED",
              "",
              "java.lang.reflect.InaccessibleObjectException"),
          Cause.of(
              Ending.INTERNAL,
              "; what the model or a factory holds must be serializable, and the same jar must be"
                  + " on driver and executors",
              "",
              "java.io.ObjectStreamException"),
          Cause.of(Ending.NO_DEVICE, "", "", "java.lang.UnsatisfiedLinkError"));

  /** Denials, where a read and a write differ and only the command knows its output. */
  static final List<Cause> DENIALS =
      List.of(
          Cause.of(Ending.CANNOT_WRITE, "", "access=\\w*WRITE", HDFS_DENIED),
          Cause.of(Ending.INPUT_MISSING, "", "access=", HDFS_DENIED),
          Cause.of(
              Ending.INPUT_MISSING,
              CREDENTIALS,
              "(?i)s3a://.*(getFileStatus|open|read|list|HEAD|GET|NoAwsCred|NoAuthWithAWS)",
              DENIED),
          Cause.of(Ending.CANNOT_WRITE, CREDENTIALS, "s3a://", DENIED),
          Cause.of(
              Ending.INPUT_MISSING,
              "; make the bucket, or name another",
              "",
              "org.apache.hadoop.fs.s3a.UnknownStoreException"),
          Cause.of(Ending.CANNOT_WRITE, "", "", DENIED, HDFS_DENIED));

  private static final List<Cause> STORAGE =
      List.of(
          Cause.of(
              Ending.BAD_CONFIG,
              "; add the file system's jars, for s3a: --packages"
                  + " org.apache.hadoop:hadoop-aws:VERSION",
              "",
              "org.apache.hadoop.fs.UnsupportedFileSystemException"),
          Cause.of(
              Ending.BAD_CONFIG,
              "; add the file system's jars, for s3a: --packages"
                  + " org.apache.hadoop:hadoop-aws:VERSION",
              "org\\.apache\\.hadoop\\.fs\\.",
              NO_CLASS),
          Cause.of(
              Ending.BAD_CONFIG,
              "; add the jar that holds it with --jars",
              "^(?!Could not initialize class)",
              NO_CLASS,
              "java.lang.NoClassDefFoundError"),
          Cause.of(
              Ending.CANNOT_WRITE,
              "; free the disk, or use another (--output, spark.local.dir)",
              "No space left on device|Disk quota exceeded",
              "java.lang.Throwable"),
          Cause.of(
              Ending.CANNOT_WRITE,
              "",
              "",
              "org.apache.hadoop.hdfs.protocol.QuotaExceededException",
              FileAlreadyExistsException.class.getName(),
              "org.apache.hadoop.fs.FileAlreadyExistsException"),
          Cause.of(
              Ending.RETRY,
              "; the service did not answer",
              "",
              "java.net.ConnectException",
              "java.net.NoRouteToHostException",
              "java.net.UnknownHostException",
              "java.net.SocketTimeoutException",
              "org.apache.hadoop.net.ConnectTimeoutException",
              "org.apache.hadoop.fs.s3a.AWSClientIOException"),
          Cause.of(
              Ending.RETRY,
              "; the service ended the connection",
              "destination host is|local host is|Failed on local exception|Unexpected EOF in HTTP",
              IOException.class.getName()),
          Cause.of(Ending.BAD_CONFIG, URISyntaxException.class),
          Cause.of(Ending.BAD_DATA, ZipException.class, java.io.EOFException.class),
          Cause.of(Ending.INPUT_MISSING, FileNotFoundException.class, NoSuchFileException.class));

  /** Rows that name something: the outermost exception that one fits is the cause. */
  static final List<Cause> SPECIFIC =
      List.of(CLUSTER, SPARKS, JAVA, DENIALS, STORAGE).stream().flatMap(List::stream).toList();

  /** Rows for what nothing else fits. */
  static final List<Cause> GENERAL =
      List.of(
          Cause.of(
              Ending.RETRY, IOException.class, TimeoutException.class, InterruptedException.class),
          Cause.of(
              Ending.INTERNAL, " (--verbose shows the stack trace)", "", "java.lang.Throwable"));

  private Causes() {}
}
