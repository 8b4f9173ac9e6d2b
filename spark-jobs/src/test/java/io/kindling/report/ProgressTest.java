package io.kindling.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Progress")
class ProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static Progress.Position at(long step) {
    return new Progress.Position(1, 2, step, 20, 0.51237, 12345.6);
  }

  @Test
  @DisplayName("is plain lines every few steps where there is no terminal")
  void plain() {
    Progress progress = new Progress(out, false, 5);
    for (long step = 1; step <= 10; step++) {
      progress.step(at(step), 75);
    }
    assertEquals(
        "epoch 1/2  step 5/20  loss 0.5124  12,346 examples/s  1:15 left\n"
            + "epoch 1/2  step 10/20  loss 0.5124  12,346 examples/s  1:15 left\n",
        text());
  }

  @Test
  @DisplayName("is one line that is written over on a terminal, and cleared for lines that stay")
  void terminal() {
    Progress progress = new Progress(out, true, 5);
    progress.step(at(1), 3725);
    progress.step(at(2), 3725);
    progress.epoch(1, 2, new Metrics(0.5, 0.25, 0.9, null));
    String[] parts = text().split("\r", -1);
    assertEquals("epoch 1/2  step 1/20  loss 0.5124  12,346 examples/s  1:02:05 left", parts[1]);
    assertTrue(parts[2].isBlank());
    assertEquals(
        "epoch 1/2 done  train_loss 0.5000  test_loss 0.2500  test_accuracy 0.9000\n", parts[3]);
  }

  @Test
  @DisplayName("the parts of the step budget add up to the total")
  void budget() {
    StepBudget budget = new StepBudget();
    budget.addCompute(30);
    budget.addSerialize(4);
    budget.addTransfer(6);
    budget.addReduce(2);
    budget.addOptimizer(8);
    budget.addStep(40);
    budget.addStep(60);
    assertEquals(new StepBudget.Means(15, 2, 3, 1, 4, 25, 50), budget.means());
    assertTrue(budget.means().table().contains("schedule        25.000   50.0 %"));
    assertEquals(new StepBudget.Means(0, 0, 0, 0, 0, 0, 0), new StepBudget().means());
  }
}
