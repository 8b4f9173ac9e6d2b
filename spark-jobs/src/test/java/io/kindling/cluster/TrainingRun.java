package io.kindling.cluster;

import io.kindling.conf.ConfigLoader;
import io.kindling.conf.Layer;
import io.kindling.conf.RunConfig;
import io.kindling.replica.KindlingKryoRegistrator;
import io.kindling.train.Trainer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.sql.SparkSession;

/**
 * A small run on generated digits, for a session in this process and for the command line.
 *
 * @param data where the digits are, made on first use
 * @param settings {@code key=value}, the later wins
 */
record TrainingRun(Path data, List<String> settings) {

  TrainingRun with(String... more) {
    List<String> all = new ArrayList<>(settings);
    all.addAll(List.of(more));
    return new TrainingRun(data, all);
  }

  static TrainingRun of(Path data, Class<?> model, String... settings) {
    return new TrainingRun(
            data,
            List.of(
                "data.root=" + data,
                "data.generate={train_count: 240, test_count: 50, seed: 3}",
                "model.class=" + model.getName(),
                "train.epochs=2",
                "train.batch_size=32",
                "train.seed=1",
                "train.log_every=1",
                "train.checkpoint_every=2",
                "optimizer={name: adam, lr: 0.01}"))
        .with(settings);
  }

  private RunConfig config() {
    return ConfigLoader.load(List.of(Layer.settings(settings)));
  }

  /** Trains with a driver in this process, and these settings of Spark. */
  RunOutput local(String master, Path output, List<String> conf) throws IOException {
    PrintStream silent = new PrintStream(OutputStream.nullOutputStream());
    SparkSession.Builder builder =
        SparkSession.builder()
            .master(master)
            .appName("test")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.serializer", KryoSerializer.class.getName())
            .config("spark.kryo.registrationRequired", "true")
            .config("spark.kryo.registrator", KindlingKryoRegistrator.class.getName());
    for (String setting : conf) {
      builder.config(setting.split("=", 2)[0], setting.split("=", 2)[1]);
    }
    try (SparkSession spark = builder.getOrCreate()) {
      Trainer.of(spark, config()).out(silent).fit(output.toString());
    }
    return new RunOutput(output);
  }

  RunOutput local(String master, Path output) throws IOException {
    return local(master, output, List.of());
  }

  /** The words of the command after the application jar. */
  List<String> command(Path output) throws IOException {
    Path file = output.resolveSibling(output.getFileName() + ".yaml");
    Files.writeString(file, "data: {root: " + data + "}\n");
    List<String> words =
        new ArrayList<>(List.of("train", "--config", file.toString(), "--output", "" + output));
    settings.forEach(setting -> words.addAll(List.of("--set", setting)));
    return words;
  }
}
