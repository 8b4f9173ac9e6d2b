package io.kindling.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.device.cpu.Isa;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigLoaderTest {
  private static final String MINIMAL =
      """
      data:
        root: some/place
      model:
        class: mlp
      optimizer:
        name: sgd
        lr: 0.1
      """;

  private static RunConfig load(String yaml, String... settings) {
    return ConfigLoader.load(
        List.of(Layer.yaml("run.yaml", yaml), Layer.settings(Arrays.asList(settings))));
  }

  private static String refusal(String yaml, String... settings) {
    return assertThrows(ConfigException.class, () -> load(yaml, settings)).getMessage();
  }

  @Test
  @DisplayName("keys that are not given take their defaults")
  void defaults() {
    RunConfig config = load(MINIMAL);
    assertEquals("train-images-idx3-ubyte", config.data().trainImages());
    assertEquals("t10k-labels-idx1-ubyte", config.data().testLabels());
    assertEquals(8, config.data().shards());
    assertEquals(List.of(), config.data().shape());
    assertNull(config.data().normalize());
    assertNull(config.data().generate());
    assertEquals(TrainConfig.Loss.CROSS_ENTROPY, config.train().loss());
    assertEquals(EngineConfig.Backend.AUTO, config.engine().backend());
    assertTrue(config.engine().memoryLimit().isAuto());
    assertNull(config.engine().isa());
    assertEquals(Map.of(), config.model().namedArgs());
    assertEquals(new OptimizerConfig.Sgd(0.1, 0, 0, false, 0, null), config.optimizer());
  }

  @Test
  @DisplayName("every kind of value binds")
  void values() {
    RunConfig config =
        load(
            """
            data:
              root: s3a://bucket/mnist
              shape: [1, 28, 28]
              class_names: ["0", "1"]
              classes: 2
              normalize: {mean: 0.1307, std: [0.3081]}
              generate: {kind: digits, train_count: 100, seed: -3}
            model:
              class: com.acme.MyNet
              args: {hidden: [512, 256], dropout: 0.5, bias: true, activation: relu}
              init_seed: 7
            train: {seed: 12345678901, shuffle: false, loss: nll}
            optimizer: {name: adam, lr: 1e-3, betas: [0.8, 0.99], eps: 1.0e-7}
            engine: {backend: java, memory_limit: 512m, device: cpu, isa: avx2}
            """);
    assertEquals(List.of(1, 28, 28), config.data().shape());
    assertEquals(new NormalizeConfig(List.of(0.1307), List.of(0.3081)), config.data().normalize());
    assertEquals(
        new GenerateConfig(GenerateConfig.Kind.DIGITS, 100, 10000, -3), config.data().generate());
    assertEquals(List.of(512, 256), config.model().namedArgs().get("hidden"));
    assertEquals(0.5, config.model().namedArgs().get("dropout"));
    assertEquals(7, config.initSeed());
    assertEquals(12345678901L, config.train().seed());
    OptimizerConfig.Adam adam = assertInstanceOf(OptimizerConfig.Adam.class, config.optimizer());
    assertEquals(new OptimizerConfig.Adam(1e-3, List.of(0.8, 0.99), 1e-7, 0, null), adam);
    assertEquals(Isa.AVX2, config.engine().isa());
    assertEquals(512L << 20, config.engine().memoryLimit().bytes());
  }

  @Test
  @DisplayName("model arguments are given by name or by position, not both")
  void positionalArguments() {
    RunConfig config = load(MINIMAL, "model.args=[784, 32, 10]");
    assertEquals(List.of(784, 32, 10), config.model().positionalArgs());
    assertEquals(Map.of(), config.model().namedArgs());
  }

  @Test
  @DisplayName("settings win over the file, the file over Spark's conf, that over the defaults")
  void precedence() {
    Layer spark =
        Layer.sparkConf(
            Map.of(
                "spark.kindling.train.epochs", "7",
                "spark.kindling.train.seed", "8",
                "spark.kindling.optimizer.lr", "0.5",
                "spark.executor.cores", "2"));
    Layer file = Layer.yaml("run.yaml", MINIMAL + "train: {seed: 9, batch_size: 10}\n");
    Layer settings = Layer.settings(List.of("train.batch_size=11", "train.batch_size=12"));
    RunConfig config = ConfigLoader.load(List.of(spark, file, settings));
    assertEquals(7, config.train().epochs());
    assertEquals(9, config.train().seed());
    assertEquals(12, config.train().batchSize());
    assertEquals(0.1, config.optimizer().lr());
  }

  @Test
  @DisplayName("null takes the default of a key back")
  void nullTakesDefaultBack() {
    String yaml = MINIMAL.replace("lr: 0.1", "lr: 0.1\n  momentum: 0.9");
    assertTrue(refusal(yaml, "optimizer.name=adam").contains("optimizer.momentum"));
    RunConfig config = load(yaml, "optimizer.name=adam", "optimizer.momentum=null");
    assertEquals("adam", config.optimizer().name());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train.epoch=3 | --set train.epoch=3: unknown key train.epoch; did you mean train.epochs?",
        "train.batch-size=3 | --set train.batch-size=3: unknown key train.batch-size; did you mean"
            + " train.batch_size?",
        "tarin.epochs=3 | --set tarin.epochs=3: unknown key tarin; did you mean train?",
        "model.batch_size=3 | --set model.batch_size=3: unknown key model.batch_size; did you mean"
            + " train.batch_size?",
        "engine.gizmo=3 | --set engine.gizmo=3: unknown key engine.gizmo; the keys of engine:"
            + " backend, memory_limit, device, isa",
        "data.normalize.men=3 | --set data.normalize.men=3: unknown key data.normalize.men; did you"
            + " mean data.normalize.mean?",
        "optimizer.betas=[0.9, 0.9] | --set optimizer.betas=[0.9, 0.9]: optimizer.betas does not"
            + " belong to sgd (it is a key of adam); its keys: name, lr, momentum, dampening,"
            + " nesterov, weight_decay, no_decay",
        "optimizer.name=adm | --set optimizer.name=adm: optimizer.name: expected one of sgd, adam,"
            + " got text \"adm\" (did you mean adam?)",
      })
  @DisplayName("an unknown key is refused with the nearest known one")
  void unknownKeys(String setting, String message) {
    assertEquals(message, refusal(MINIMAL, setting));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "data={root: 5} | data.root: expected text, got the integer 5 (quote it: \"5\")",
        "train.epochs=many | train.epochs: expected an integer, got text \"many\"",
        "train.epochs=1.5 | train.epochs: expected an integer, got the number 1.5",
        "train.epochs=3000000000 | train.epochs: expected an integer from -2147483648 to"
            + " 2147483647, got the integer 3000000000",
        "train.shuffle=1 | train.shuffle: expected true or false, got the integer 1",
        "optimizer.lr=[1] | optimizer.lr: expected a number, got the list [1]",
        "data.root=5 | data.root: expected text, got the integer 5 (quote it: \"5\")",
        "data.shape=[1, x] | data.shape: expected an integer, got text \"x\"",
        "data.normalize=1 | data.normalize: expected a section of keys, got the integer 1",
        "train={epochs: {a: 1}} | train.epochs: expected an integer, got a section (keys: a)",
        "engine.isa=avx3 | engine.isa: expected one of auto, sse41, avx, avx2, avx2_vnni,"
            + " avx2_vnni_2, avx512, avx512_vnni, avx512_bf16, avx512_fp16, avx512_amx,"
            + " avx512_amx_fp16, avx10_2, avx10_2_amx_2, got text \"avx3\" (did you mean avx?)",
        "engine.backend=onednm | engine.backend: expected one of auto, onednn, java, got text"
            + " \"onednm\" (did you mean onednn?)",
        "engine.memory_limit=lots | engine.memory_limit: expected a memory size such as 512m, 2g or"
            + " auto, got text \"lots\"",
        "engine.memory_limit=0 | engine.memory_limit: expected a memory size such as 512m, 2g or"
            + " auto, got the integer 0",
        "model.args=5 | model.args must be a section (arguments by name) or a list (by position),"
            + " got the integer 5",
      })
  @DisplayName("a value of the wrong type is refused with its key, what was expected and what came")
  void wrongTypes(String setting, String message) {
    assertEquals("--set " + setting + ": " + message, refusal(MINIMAL, setting));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train.epochs=0 | train.epochs must be at least 1, got 0",
        "data.shards=0 | data.shards must be at least 1, got 0",
        "optimizer.lr=-1 | optimizer.lr must be a finite number of at least 0, got -1",
        "optimizer.nesterov=true | optimizer.nesterov needs optimizer.momentum above 0 and"
            + " optimizer.dampening 0, got momentum 0.0 and dampening 0.0",
        "data.class_names=[a, b] | data.class_names must name each of the 10 classes"
            + " (data.classes), got 2",
        "data.normalize={mean: [0, 1], std: [1]} | data.normalize.std must hold as many numbers as"
            + " data.normalize.mean: expected 2, got 1",
        "data.root=\"\" | data.root must not be empty",
        "data.root=\"http://host/mnist\" | data.root must lie on a file system; fetch the files of"
            + " http://host/mnist first, onto HDFS, an object store or a disk that every executor"
            + " sees",
        "data.shape=[65536, 65536, 65536, 65536] | data.shape must hold at most 2147483647 values,"
            + " got [65536, 65536, 65536, 65536]",
      })
  @DisplayName("a value that does not hold is refused by the record that owns it")
  void badValues(String setting, String message) {
    String refusal = refusal(MINIMAL, setting);
    assertEquals("--set " + setting + ": " + message, refusal);
  }

  @Test
  @DisplayName("what is written in a file is named with its line")
  void fileAndLine() {
    assertEquals(
        "run.yaml:8: unknown key train.epoch; did you mean train.epochs?",
        refusal(MINIMAL + "train: {epoch: 3}\n"));
    assertEquals(
        "run.yaml:5: optimizer.name is required and has no default; give one of sgd, adam",
        refusal(MINIMAL.replace("  name: sgd\n", "")));
    assertEquals(
        "run.yaml: data.root is required and has no default; give it a value",
        refusal("model: {class: mlp}\noptimizer: {name: sgd}\n"));
    assertEquals(
        "configuration: data.root is required and has no default; give it a value",
        assertThrows(ConfigException.class, () -> ConfigLoader.load(List.of())).getMessage());
  }

  @Test
  @DisplayName("text that is not one plain YAML document is refused with line and column")
  void badYaml() {
    assertEquals(
        "run.yaml:3:3: duplicate key data.root, first given on line 2",
        refusal("data:\n  root: a\n  root: b\n"));
    assertEquals(
        "run.yaml:3:6: not valid YAML: while parsing a flow sequence, expected ',' or ']', but got"
            + " :",
        refusal("data:\n  root: [a\nmodel:\n  class: x\n"));
    assertEquals(
        "run.yaml:2:1: not valid YAML: while scanning for the next token, found character"
            + " '\\t(TAB)' that cannot start any token. (Do not use \\t(TAB) for indentation)",
        refusal("data:\n\troot: a\n"));
    assertTrue(refusal("a: &x 1\nb: *x\n").contains("a YAML alias (*x); write the value out"));
    assertTrue(refusal("a: 1\n---\nb: 1\n").contains("a second YAML document"));
    assertEquals("run.yaml: expected a section of keys, got the list [1]", refusal("[1]"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "epochs | --set epochs: expected key=value, such as train.epochs=3",
        "=3 | --set =3: expected key=value, such as train.epochs=3",
        "train.epochs= | --set train.epochs=: no value; train.epochs=null takes the default of the"
            + " key back",
        "train..epochs=1 | --set train..epochs=1: expected a dotted key, got \"train..epochs\"",
      })
  @DisplayName("a setting that is not key=value is refused")
  void badSettings(String setting, String message) {
    assertEquals(message, refusal(MINIMAL, setting));
  }

  @Test
  @DisplayName("the resolved YAML loads back equal")
  void yamlRoundTrip() {
    RunConfig config =
        load(
            MINIMAL,
            "data.normalize={mean: 0.5, std: 0.25}",
            "data.generate={}",
            "model.args={hidden: [8], name: \"1e3\", flag: \"true\"}",
            "engine.memory_limit=1536m",
            "train.seed=-9007199254740993");
    assertEquals(config, load(config.toYaml()));
    assertTrue(config.toYaml().startsWith("data:\n  format: \"idx\"\n  root: \"some/place\"\n"));
  }

  @Test
  @DisplayName("a configuration survives Java serialization")
  void javaSerialization() throws Exception {
    RunConfig config = load(MINIMAL, "model.args={hidden: [8, 9]}", "data.generate={}");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(config);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertEquals(config, in.readObject());
    }
  }

  @Test
  @DisplayName("a file is read through Hadoop's file system; a missing one is named")
  void files(@TempDir Path dir) throws Exception {
    Path file = Files.writeString(dir.resolve("run.yaml"), MINIMAL);
    Layer layer = ConfigLoader.readFile(file.toUri().toString(), new Configuration(false));
    assertEquals("some/place", ConfigLoader.load(List.of(layer)).data().root());
    String missing = dir.resolve("none.yaml").toString();
    assertEquals(
        "the configuration file " + missing + " does not exist: no file:" + missing,
        assertThrows(
                FileNotFoundException.class,
                () -> ConfigLoader.readFile(missing, new Configuration(false)))
            .getMessage());
    assertEquals(
        "the configuration file file:" + dir + " is a directory",
        assertThrows(
                FileNotFoundException.class,
                () -> ConfigLoader.readFile(dir.toString(), new Configuration(false)))
            .getMessage());
  }

  /** Holds nothing. */
  public static final class EmptyFileSystem extends RawLocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create("empty:///");
    }

    @Override
    public boolean exists(org.apache.hadoop.fs.Path path) {
      return false;
    }
  }

  @Test
  @DisplayName("a name without a scheme is looked for on the default file system, then here")
  void workingDirectory() throws Exception {
    Configuration cluster = new Configuration(false);
    cluster.set("fs.defaultFS", "empty:///");
    cluster.setClass("fs.empty.impl", EmptyFileSystem.class, FileSystem.class);
    Path here = Files.createTempFile(Path.of(""), "config-loader-test", ".yaml");
    try {
      Files.writeString(here, MINIMAL);
      String name = here.getFileName().toString();
      Layer layer = ConfigLoader.readFile(name, cluster);
      assertEquals("some/place", ConfigLoader.load(List.of(layer)).data().root());
    } finally {
      Files.delete(here);
    }
    String directory = Path.of("").toAbsolutePath().toString();
    assertEquals(
        "the configuration file none.yaml does not exist: no empty:"
            + directory
            + "/none.yaml nor file:"
            + directory
            + "/none.yaml",
        assertThrows(FileNotFoundException.class, () -> ConfigLoader.readFile("none.yaml", cluster))
            .getMessage());
  }

  @Test
  @DisplayName("YAML nested without end is refused")
  void nesting() {
    assertEquals(
        "x.yaml: not readable as YAML: Document nesting depth (1001) exceeds the maximum allowed"
            + " (1000, from `StreamReadConstraints.getMaxNestingDepth()`)",
        assertThrows(ConfigException.class, () -> Layer.yaml("x.yaml", "a: " + "[".repeat(100_000)))
            .getMessage());
  }

  @Test
  @DisplayName("the number of partitions is the cluster's default, never more than the shards")
  void partitions() {
    assertEquals(2, load(MINIMAL).data().effectivePartitions(2));
    assertEquals(8, load(MINIMAL).data().effectivePartitions(64));
    assertEquals(3, load(MINIMAL, "data.partitions=3").data().effectivePartitions(64));
    assertEquals(8, load(MINIMAL, "data.partitions=30").data().effectivePartitions(1));
  }
}
