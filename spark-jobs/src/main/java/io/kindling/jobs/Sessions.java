package io.kindling.jobs;

import io.kindling.failure.Ending;
import io.kindling.failure.Failures;
import io.kindling.failure.JobException;
import io.kindling.failure.Place;
import io.kindling.replica.KindlingKryoRegistrator;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.sql.SparkSession;

/** Spark for a job: what spark-submit was told, and what Kindling needs unless it was told. */
final class Sessions {
  private static final String REGISTRATOR = "spark.kryo.registrator";

  /** What Kryo reaches into; a driver in standalone cluster mode is started without them. */
  private static final List<String> KRYO_OPENS =
      List.of("java.lang", "java.lang.invoke", "java.nio", "java.util");

  /** A store that is gone for good is given up in less than a minute, not in five. */
  private static final Map<String, String> S3A_BOUNDS =
      Map.of("fs.s3a.attempts.maximum", "2", "fs.s3a.retry.limit", "4");

  private static final String STANDALONE = "spark://";
  private static final int CONNECT_MILLIS = 3000;

  private Sessions() {}

  /** What runs with a session. */
  @FunctionalInterface
  interface Body<T> {
    T run(SparkSession spark) throws Exception;
  }

  /**
   * Runs with a session of its own, which is stopped before anything leaves.
   *
   * @param patience how long a cluster may give no executor at all
   */
  static <T> T with(String name, Duration patience, Body<T> body) throws Exception {
    SparkConf conf = conf(name);
    try {
      SparkSession spark = SparkSession.builder().config(conf).getOrCreate();
      try (Watch watch = Watch.over(spark.sparkContext(), patience)) {
        return body.run(spark);
      } finally {
        spark.stop();
      }
    } catch (Exception e) {
      // Spark gives an address that nobody answers at up after a minute, and does not say so.
      boolean gone = Failures.classify(e).ending() == Ending.RETRY;
      String reason = gone ? unanswered(conf.get("spark.master", "")) : "";
      throw reason.isEmpty() ? e : new JobException(Ending.RETRY, reason, Place.UNKNOWN, e);
    }
  }

  /** Why none of a standalone cluster's masters can be reached; empty where one can be. */
  static String unanswered(String master) {
    if (!master.startsWith(STANDALONE)) {
      return "";
    }
    String reason = "";
    for (String each : master.substring(STANDALONE.length()).split(",")) {
      URI address = URI.create(STANDALONE + each);
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), CONNECT_MILLIS);
        return "";
      } catch (IOException | IllegalArgumentException e) {
        reason = e.getMessage() == null ? e.toString() : e.getMessage();
      }
    }
    return String.format(
        "no master answers at %s (%s); start it, or correct --master, and run it again",
        master, reason);
  }

  static SparkConf conf(String name) {
    SparkConf conf = new SparkConf();
    if (conf.get("spark.app.name", Kindling.class.getName()).equals(Kindling.class.getName())) {
      conf.setAppName("kindling " + name);
    }
    if (KRYO_OPENS.stream().allMatch(Sessions::isOpen)) {
      conf.setIfMissing("spark.serializer", KryoSerializer.class.getName());
    }
    String ours = KindlingKryoRegistrator.class.getName();
    String given = conf.get(REGISTRATOR, "");
    if (!given.contains(ours)) {
      conf.set(REGISTRATOR, given.isBlank() ? ours : given + "," + ours);
    }
    conf.setIfMissing("spark.executorEnv.OMP_NUM_THREADS", "1");
    // Ours is the progress line, and parameters do not compress.
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    conf.setIfMissing("spark.broadcast.compress", "false");
    // A gradient goes to the driver with the news of the task's end rather than being asked for.
    conf.setIfMissing("spark.task.maxDirectResultSize", "32m");
    // The trainer bounds what comes back by what the driver's heap holds, before the first step.
    conf.setIfMissing("spark.driver.maxResultSize", "0");
    // Partitions follow the executors that are there, and the kernels what these have in common.
    conf.setIfMissing("spark.scheduler.minRegisteredResourcesRatio", "1.0");
    if (conf.get("spark.master", "").startsWith("local")) {
      // A task without memory left fails; it does not end the process, which is the driver's.
      conf.setIfMissing("spark.executor.killOnFatalError.depth", "0");
    }
    bound(conf);
    return conf;
  }

  /** Hadoop's configuration as jobs have it, without Spark. */
  static Configuration hadoop() {
    SparkConf conf = new SparkConf();
    bound(conf);
    return SparkHadoopUtil.get().newConfiguration(conf);
  }

  private static boolean isOpen(String javaPackage) {
    return Object.class.getModule().isOpen(javaPackage, Sessions.class.getModule());
  }

  /** Bounds what the user has not: a value of Hadoop's own defaults is nobody's wish. */
  private static void bound(SparkConf conf) {
    Configuration hadoop = SparkHadoopUtil.get().newConfiguration(conf);
    S3A_BOUNDS.forEach(
        (key, value) -> {
          String[] sources = hadoop.getPropertySources(key);
          if (sources == null || sources[0].endsWith("core-default.xml")) {
            conf.set("spark.hadoop." + key, value);
          }
        });
  }
}
