package io.kindling.jobs;

import io.kindling.replica.KindlingKryoRegistrator;
import org.apache.spark.SparkConf;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.sql.SparkSession;

/** Spark for a job: what spark-submit was told, and what Kindling needs unless it was told. */
final class Sessions {
  private static final String REGISTRATOR = "spark.kryo.registrator";

  private Sessions() {}

  /** What runs with a session. */
  @FunctionalInterface
  interface Body<T> {
    T run(SparkSession spark) throws Exception;
  }

  /** Runs with a session of its own, which is stopped before anything leaves. */
  static <T> T with(String name, Body<T> body) throws Exception {
    SparkSession spark = SparkSession.builder().config(conf(name)).getOrCreate();
    try {
      return body.run(spark);
    } finally {
      spark.stop();
    }
  }

  static SparkConf conf(String name) {
    SparkConf conf = new SparkConf();
    if (conf.get("spark.app.name", Kindling.class.getName()).equals(Kindling.class.getName())) {
      conf.setAppName("kindling " + name);
    }
    conf.setIfMissing("spark.serializer", KryoSerializer.class.getName());
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
    return conf;
  }
}
