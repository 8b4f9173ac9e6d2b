package io.kindling.train;

import io.kindling.conf.ConfigLoader;
import io.kindling.conf.Layer;
import io.kindling.conf.RunConfig;
import io.kindling.replica.KindlingKryoRegistrator;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.sql.SparkSession;

/** Spark in the test's own process, with every class that passes through Kryo registered. */
final class LocalSpark {
  static final PrintStream SILENT = new PrintStream(OutputStream.nullOutputStream());

  private LocalSpark() {}

  static SparkSession start(String master) {
    return SparkSession.builder()
        .master(master)
        .appName("test")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.serializer", KryoSerializer.class.getName())
        .config("spark.kryo.registrationRequired", "true")
        .config("spark.kryo.registrator", KindlingKryoRegistrator.class.getName())
        .getOrCreate();
  }

  /** The lines of a run's metrics without what depends on time. */
  static List<String> metrics(Path output) throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(output.resolve("metrics.jsonl"))) {
      lines.add(line.replaceAll(",\"(examples_per_second|seconds)\":[^,}]*", ""));
    }
    return lines;
  }

  /** A small run on generated digits; settings win. */
  static RunConfig config(Object root, String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "data.root=" + root,
                "data.generate={train_count: 600, test_count: 203, seed: 3}",
                "model={class: mlp, args: {sizes: [784, 24, 10]}}",
                "train={epochs: 2, batch_size: 50, seed: 1}",
                "optimizer={name: adam, lr: 0.01}"));
    all.addAll(Arrays.asList(settings));
    return ConfigLoader.load(List.of(Layer.settings(all)));
  }
}
