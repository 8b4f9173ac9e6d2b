package io.kindling.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.conf.ConfigException;
import io.kindling.conf.RunConfig;
import io.kindling.core.DataException;
import io.kindling.tensor.Tensor;
import io.kindling.vision.Mlp;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkException;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Resident tasks")
class ResidentTest {
  @TempDir Path dir;

  /** The hash of the weights and every line of metrics, without times. */
  private List<String> outcome(SparkSession spark, String name, String... settings)
      throws Exception {
    RunConfig config = LocalSpark.config(dir.resolve("digits"), settings);
    Path out = dir.resolve(name);
    TrainResult result = Trainer.of(spark, config).out(LocalSpark.SILENT).fit(out.toString());
    List<String> outcome = new ArrayList<>(List.of(result.status().weightsSha256()));
    outcome.addAll(LocalSpark.metrics(out));
    assertTrue(outcome.size() > 2, outcome.toString());
    return outcome;
  }

  /** The descriptions of Spark's jobs. */
  private static final class Names extends SparkListener {
    private final List<String> names;

    Names(List<String> names) {
      this.names = names;
    }

    @Override
    public void onJobStart(SparkListenerJobStart job) {
      names.add(job.properties().getProperty("spark.job.description"));
    }
  }

  private static String sync(String mode) {
    return "train.sync=" + mode;
  }

  @Test
  @DisplayName("in one process give the bits of a job a step, and one Spark job an epoch")
  void local() throws Exception {
    try (SparkSession spark = LocalSpark.start("local[3]")) {
      List<String> job = outcome(spark, "job", sync("job"), "train.log_every=1");
      assertEquals(
          job, outcome(spark, "sliced", sync("job"), "train.log_every=1", "reduce=sliced"));
      List<String> names = new CopyOnWriteArrayList<>();
      spark.sparkContext().addSparkListener(new Names(names));
      for (int partitions = 1; partitions <= 3; partitions++) {
        assertEquals(
            job,
            outcome(
                spark,
                "resident" + partitions,
                sync("resident"),
                "train.log_every=1",
                "data.partitions=" + partitions));
        spark.sparkContext().listenerBus().waitUntilEmpty();
        assertEquals(
            List.of("epoch 1", "evaluation", "epoch 2", "evaluation"),
            names.stream().map(name -> name.replace("kindling ", "")).toList());
        names.clear();
      }
    }
  }

  @Test
  @DisplayName("without a slot for each partition the run goes on with a job a step, same bits")
  void tooFewSlots() throws Exception {
    try (SparkSession spark = LocalSpark.start("local[1]")) {
      List<String> job = outcome(spark, "job", sync("job"));
      List<String> names = new CopyOnWriteArrayList<>();
      spark.sparkContext().addSparkListener(new Names(names));
      String slots = "train.slot_timeout=1";
      assertEquals(job, outcome(spark, "few", sync("resident"), slots, "data.partitions=2"));
      spark.sparkContext().listenerBus().waitUntilEmpty();
      assertEquals("kindling epoch 1", names.get(0));
      assertEquals("kindling epoch 1 step 1", names.get(1));
      assertEquals("kindling epoch 1 step 12", names.get(12));
      assertEquals("kindling evaluation", names.get(13));
      assertEquals("kindling epoch 2 step 1", names.get(14)); // without waiting again
      assertEquals(27, names.size());
      names.clear();
      assertEquals(job, outcome(spark, "auto", sync("auto"), slots, "data.partitions=2"));
      spark.sparkContext().listenerBus().waitUntilEmpty();
      assertEquals("kindling epoch 1 step 1", names.get(0));
      assertEquals(26, names.size());
    }
  }

  @Test
  @DisplayName("a bad record ends the run at the first attempt, and the place is told")
  void hopeless() throws Exception {
    try (SparkSession spark = LocalSpark.start("local[2,50]")) { // Spark would try 50 times.
      for (String mode : List.of("job", "resident")) {
        AtomicInteger attempts = new AtomicInteger();
        Throwing.calls = attempts;
        RunConfig config =
            LocalSpark.config(dir.resolve("digits"), sync(mode), "data.partitions=1");
        Trainer trainer = Trainer.of(spark, config).model(Throwing::new).out(LocalSpark.SILENT);
        String out = dir.resolve("bad" + mode).toString();
        SparkException e = assertThrows(SparkException.class, () -> trainer.fit(out));
        assertTrue(
            e.getMessage()
                .matches("Lost task 0\\.\\d+ in stage .* executor driver\\): .*no such layer"),
            e.getMessage());
        assertEquals("no such layer", String.valueOf(e.getCause().getMessage()));
        assertTrue(attempts.get() < 50, attempts + " attempts");
      }
    }
  }

  /** Fails in training, not where the driver tries it. */
  static final class Throwing extends Mlp {
    private static final long serialVersionUID = 1L;
    static AtomicInteger calls = new AtomicInteger();

    Throwing() {
      super(784, 10);
    }

    @Override
    public Tensor forward(Tensor x) {
      if (isTraining()) {
        calls.incrementAndGet();
        throw new DataException("no such layer");
      }
      return super.forward(x);
    }
  }

  @Test
  @DisplayName("in two executors give the bits of one process, vectors of several messages too")
  void executors() throws Exception {
    String wide = "model.args={sizes: [784, 1400, 10]}";
    String few = "train.max_steps=8";
    String[] many = {
      "data.shards=97", "train.batch_size=30", "train.accumulate=3", "train.validate_every=4"
    };
    List<String> small;
    List<String> large;
    List<String> mixed;
    String diverged;
    try (SparkSession spark = LocalSpark.start("local[2]")) {
      small = outcome(spark, "small", sync("job"), "train.log_every=1");
      large = outcome(spark, "large", sync("job"), "train.log_every=1", wide, few);
      mixed = outcome(spark, "mixed", many);
      diverged = diverged(spark, "diverged", sync("job"));
    }
    try (LocalCluster cluster = new LocalCluster(dir, 2);
        SparkSession spark = cluster.start()) {
      String two = "data.partitions=2";
      String each = "train.log_every=1";
      assertEquals(small, outcome(spark, "small2", sync("resident"), each, two));
      assertEquals(large, outcome(spark, "large2", sync("resident"), each, wide, few, two));
      String sliced = "reduce=sliced";
      assertEquals(small, outcome(spark, "small4", sync("job"), each, two, sliced));
      assertEquals(large, outcome(spark, "large4", sync("job"), each, wide, few, two, sliced));
      List<String> names = new CopyOnWriteArrayList<>();
      spark.sparkContext().addSparkListener(new Names(names));
      assertEquals(small, outcome(spark, "small3", sync("resident"), each, two, sliced));
      assertEquals(large, outcome(spark, "large3", sync("resident"), each, wide, few, two, sliced));
      spark.sparkContext().listenerBus().waitUntilEmpty();
      assertEquals("kindling epoch 1, sliced", names.get(0));
      for (String reduce : List.of("reduce=driver", sliced)) {
        String[] all = {many[0], many[1], many[2], many[3], sync("resident"), two, reduce};
        assertEquals(mixed, outcome(spark, "mixed " + reduce, all));
        all[4] = sync("job");
        assertEquals(mixed, outcome(spark, "mixed job " + reduce, all));
        assertEquals(diverged, diverged(spark, "diverged " + reduce, sync("resident"), reduce));
      }
    }
  }

  /** The words of a run that does. */
  private String diverged(SparkSession spark, String name, String... settings) {
    String[] all = Arrays.copyOf(settings, settings.length + 2);
    all[settings.length] = "optimizer=null";
    all[settings.length + 1] = "optimizer={name: sgd, lr: 1e30}";
    Throwable e = assertThrows(ConfigException.class, () -> outcome(spark, name, all));
    assertTrue(e.getMessage().matches("step .* of epoch 1, shard .*: the loss is .*"), e::toString);
    return e.getMessage();
  }

  /** Two executors, secured by these settings. */
  private List<String> secured(String name, String... conf) throws Exception {
    LocalCluster cluster =
        new LocalCluster(dir, 2)
            .config("spark.authenticate", "true")
            .config("spark.authenticate.secret", "of-the-test");
    for (int i = 0; i < conf.length; i += 2) {
      cluster.config(conf[i], conf[i + 1]);
    }
    try (cluster;
        SparkSession spark = cluster.start()) {
      String two = "data.partitions=2";
      List<String> outcome = outcome(spark, name, sync("resident"), two);
      assertEquals(outcome, outcome(spark, name + "2", sync("resident"), two, "reduce=sliced"));
      return outcome;
    }
  }

  @Test
  @DisplayName("with Spark's authentication and encryption, and with its TLS, give the same bits")
  void secured() throws Exception {
    List<String> plain;
    try (SparkSession spark = LocalSpark.start("local[2]")) {
      plain = outcome(spark, "plain", sync("job"));
    }
    assertEquals(plain, secured("crypto", "spark.network.crypto.enabled", "true"));
    String store = dir.resolve("key.p12").toString();
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "RSA",
                "-alias",
                "test",
                "-dname",
                "CN=127.0.0.1",
                "-storepass",
                "changeit",
                "-keystore",
                store)
            .inheritIO()
            .start();
    assertEquals(0, keytool.waitFor());
    String ssl = "spark.ssl.rpc.";
    assertEquals(
        plain,
        secured(
            "tls",
            ssl + "enabled",
            "true",
            ssl + "keyStore",
            store,
            ssl + "keyStorePassword",
            "changeit",
            ssl + "keyPassword",
            "changeit",
            ssl + "trustStore",
            store,
            ssl + "trustStorePassword",
            "changeit"));
  }
}
