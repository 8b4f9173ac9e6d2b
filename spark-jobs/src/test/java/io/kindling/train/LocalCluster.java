package io.kindling.train;

import io.kindling.cluster.ApplicationJar;
import io.kindling.replica.KindlingKryoRegistrator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.sql.SparkSession;

/** Spark with its executors in processes of their own, on this host. */
final class LocalCluster implements AutoCloseable {
  private final SparkSession.Builder builder;

  /**
   * Workers look for Spark in {@code dir}; the executors have it from this test's class path, and
   * Kindling as a jar.
   */
  LocalCluster(Path dir, int executors) throws IOException {
    this(dir, executors, 600);
  }

  LocalCluster(Path dir, int executors, int memoryMegabytes) throws IOException {
    Files.createDirectories(dir.resolve("home/jars"));
    Files.createDirectories(dir.resolve("home/launcher/target/scala-2.13"));
    Files.writeString(dir.resolve("home/RELEASE"), "");
    System.setProperty("spark.testing", "true");
    System.setProperty("spark.test.home", dir.resolve("home").toString());
    builder =
        SparkSession.builder()
            .master("local-cluster[" + executors + ",1," + memoryMegabytes + "]")
            .appName("test")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.executor.memory", "512m")
            .config("spark.executor.extraClassPath", ApplicationJar.sparkClassPath())
            .config("spark.jars", ApplicationJar.get().toString())
            .config("spark.serializer", KryoSerializer.class.getName())
            .config("spark.kryo.registrationRequired", "true")
            .config("spark.kryo.registrator", KindlingKryoRegistrator.class.getName());
  }

  LocalCluster config(String key, String value) {
    builder.config(key, value);
    return this;
  }

  SparkSession start() {
    return builder.getOrCreate();
  }

  @Override
  public void close() {
    System.clearProperty("spark.testing");
    System.clearProperty("spark.test.home");
  }
}
