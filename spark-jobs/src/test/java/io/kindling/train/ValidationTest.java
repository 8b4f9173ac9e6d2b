package io.kindling.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kindling.report.RunStatus;
import io.kindling.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Evaluation inside of an epoch")
class ValidationTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Twelve steps an epoch. */
  private static final String EVERY = "train.validate_every=5";

  @TempDir static Path dir;
  private static SparkSession spark;
  private final ByteArrayOutputStream told = new ByteArrayOutputStream();

  /** From the fifth step on, the more steps it made, the worse it is on test data. */
  static class Worsening extends StatefulNet {
    private static final long serialVersionUID = 1L;

    @Override
    public Tensor forward(Tensor x) {
      Tensor scores = super.forward(x);
      double made = calls.item();
      return isTraining() || made < 6 ? scores : scores.mul(-made);
    }
  }

  @BeforeAll
  static void start() {
    spark = LocalSpark.start("local[2]");
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  private Trainer trainer(String... settings) {
    PrintStream out = new PrintStream(told, true, StandardCharsets.UTF_8);
    List<String> all = new ArrayList<>(List.of("data.partitions=2"));
    all.addAll(List.of(settings));
    return Trainer.of(spark, LocalSpark.config(dir.resolve("digits"), all.toArray(new String[0])))
        .model(Worsening::new)
        .out(out);
  }

  private static List<JsonNode> validations(String output) throws IOException {
    List<JsonNode> found = new ArrayList<>();
    for (String line : LocalSpark.metrics(dir.resolve(output))) {
      JsonNode node = JSON.readTree(line);
      if (node.path("kind").asText().equals("validation")) {
        found.add(node);
      }
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(strings = {"job", "resident", "auto"})
  @DisplayName("is told and leaves the weights as they are, in every way to run a step")
  void told(String sync) throws IOException {
    String[] without = {"train.sync=" + sync};
    String[] with = {"train.sync=" + sync, EVERY, "train.eval_every=0"};
    RunStatus plain = trainer(without).fit(dir + "/plain" + sync).status();
    RunStatus status = trainer(with).fit(dir + "/told" + sync).status();
    assertEquals(plain.weightsSha256(), status.weightsSha256());
    assertEquals(plain.metrics().testLoss(), status.metrics().testLoss());
    List<JsonNode> lines = validations("told" + sync);
    assertEquals(
        List.of(5, 10, 15, 20), lines.stream().map(line -> line.path("step").asInt()).toList());
    assertEquals(
        List.of(1, 1, 2, 2), lines.stream().map(line -> line.path("epoch").asInt()).toList());
    assertTrue(lines.get(0).path("test_loss").asDouble() > 0);
    assertNotEquals(lines.get(0).path("test_loss"), lines.get(1).path("test_loss"));
    assertTrue(lines.get(0).path("test_accuracy").isNumber());
    String progress = told.toString(StandardCharsets.UTF_8);
    assertTrue(progress.contains("step 15/24 measured  test_loss "), progress);
  }

  @Test
  @DisplayName("is made once where it falls on the end of an epoch")
  void endOfEpoch() throws IOException {
    trainer("train.validate_every=6", "train.eval_every=0").fit(dir + "/end");
    assertEquals(2, validations("end").size());
    List<JsonNode> epochs = new ArrayList<>();
    for (String line : LocalSpark.metrics(dir.resolve("end"))) {
      JsonNode node = JSON.readTree(line);
      if (node.path("kind").asText().equals("epoch")) {
        epochs.add(node);
      }
    }
    assertTrue(epochs.get(0).has("test_loss"), "step 12 is both");
  }

  @Test
  @DisplayName("counts for train.patience, and its best model is restored, after a stop too")
  void patience() throws IOException {
    String[] keys = {EVERY, "train.patience=2", "train.restore_best=true", "train.epochs=3"};
    RunStatus whole = trainer(keys).fit(dir + "/patient").status();
    assertEquals(12, whole.steps(), "5 is the best; 10 and the end of the epoch are not");
    assertEquals(
        validations("patient").get(0).path("test_loss").asDouble(), whole.metrics().testLoss());
    for (int step : new int[] {5, 7, 10, 12}) {
      String output = "patient " + step;
      assertThrows(
          StoppedException.class,
          () -> trainer(keys).stopping(made -> made == step).fit(dir + "/" + output));
      RunStatus again = trainer(keys).fit(dir + "/" + output).status();
      assertEquals(whole.weightsSha256(), again.weightsSha256());
      assertEquals(
          LocalSpark.metrics(dir.resolve("patient")), LocalSpark.metrics(dir.resolve(output)));
    }
    keys[1] = "train.patience=1";
    RunStatus early = trainer(keys).fit(dir + "/impatient").status();
    assertEquals(10, early.steps(), "it ends inside of the epoch");
    assertEquals(whole.weightsSha256(), early.weightsSha256());
    assertEquals(2, validations("impatient").size());
  }

  @Test
  @DisplayName("the last model is the best where only the evaluation at the end shows it")
  void bestAtTheEnd() throws IOException {
    String[] keys = {"train.restore_best=true", EVERY, "train.max_steps=", "train.epochs=1"};
    keys[2] = "train.max_steps=4"; // Ends before the first evaluation inside of the epoch.
    RunStatus four = trainer(keys).fit(dir + "/four").status();
    keys[1] = "train.validate_every=2";
    RunStatus again = trainer(keys).fit(dir + "/four again").status();
    assertEquals(four.weightsSha256(), again.weightsSha256());
    keys[2] = "train.max_steps=3";
    RunStatus three = trainer(keys).fit(dir + "/three").status();
    keys[0] = "train.restore_best=false";
    assertEquals(
        trainer(keys).fit(dir + "/last three").status().weightsSha256(), three.weightsSha256());
  }
}
