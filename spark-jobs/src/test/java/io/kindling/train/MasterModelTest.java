package io.kindling.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.kindling.conf.ConfigException;
import io.kindling.conf.RunConfig;
import io.kindling.nn.Linear;
import io.kindling.nn.Module;
import io.kindling.reduce.ShardResult;
import io.kindling.replica.ModelFactory;
import io.kindling.replica.StepParameters;
import io.kindling.tensor.Tensor;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The driver's model")
class MasterModelTest {
  /** Four parameters: a weight of [1, 3], then a bias. */
  static class Net extends Module {
    private static final long serialVersionUID = 1L;

    Linear fc = new Linear(3, 1);

    Net() {
      fc.weight.detach().copyFrom(new float[] {1, 2, 3}, 0);
      fc.bias.detach().copyFrom(new float[] {4}, 0);
    }

    @Override
    public Tensor forward(Tensor x) {
      return fc.forward(x);
    }
  }

  private static MasterModel master(String... settings) {
    RunConfig config = LocalSpark.config("x", settings);
    return new MasterModel(ModelFactory.freezing(config.model(), Net::new).create(), config);
  }

  private static final String SGD = "optimizer={name: sgd, lr: 1}";

  /** One step with the sum of two examples' gradients. */
  private static float[] step(MasterModel master, float... sum) {
    StepParameters before = master.values();
    return master
        .step(new ShardResult(sum, 1, 2, 0, new float[0]), before, () -> "here")
        .parameters();
  }

  private static MasterModel sgd(String... more) {
    String[] all = new String[more.length + 2];
    all[0] = "optimizer=null";
    all[1] = SGD;
    System.arraycopy(more, 0, all, 2, more.length);
    return master(all);
  }

  @Test
  @DisplayName(
      "follows the mean gradient; one that is longer than train.clip_norm is shortened to it")
  void clip() {
    assertArrayEquals(new float[] {-2, 2, 3, 0}, step(sgd(), 6, 0, 0, 8));
    // The mean (3, 0, 0, 4) is 5 long.
    assertArrayEquals(
        new float[] {0.4f, 2, 3, 3.2f}, step(sgd("train.clip_norm=1"), 6, 0, 0, 8), 1e-5f);
    assertArrayEquals(new float[] {-2, 2, 3, 0}, step(sgd("train.clip_norm=5.1"), 6, 0, 0, 8));
  }

  @Test
  @DisplayName("a step that is left out changes neither parameters nor the optimizer's state")
  void leftOut() {
    String[] settings = {"train.non_finite=skip", "train.clip_norm=1"};
    MasterModel master = master(settings);
    MasterModel other = master(settings);
    float[] before = step(master, 1, 2, 3, 4);
    step(other, 1, 2, 3, 4);
    for (float odd : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      assertArrayEquals(before, step(master, 1, odd, 3, 4));
    }
    assertEquals(2, master.skippedInRow());
    assertEquals(3, master.values().step());
    assertArrayEquals(step(other, 4, 3, 2, 1), step(master, 4, 3, 2, 1));
    assertEquals(0, master.skippedInRow());
  }

  @Test
  @DisplayName("ten steps in a row that give no number end the run, told as what was before them")
  void leftOutTooOften() {
    MasterModel master = master("train.non_finite=skip");
    for (int i = 0; i < 9; i++) {
      step(master, 1, 2, 3, Float.NaN);
    }
    ConfigException e = assertThrows(ConfigException.class, () -> step(master, 1, 2, 3, Float.NaN));
    assertEquals(
        "here: the gradient is not finite, and 10 steps in a row were left out (train.non_finite)"
            + " before the first update: the model or the data gives values that are not finite"
            + " numbers; look at data.normalize, the data and the model's forward",
        e.getMessage());
  }

  @Test
  @DisplayName("takes the rate of the step from the schedule")
  void schedule() {
    MasterModel master = sgd("schedule={name: step, every: 1, gamma: 0.5, warmup_steps: 1}");
    assertArrayEquals(new float[] {0.5f, 2, 3, 4}, step(master, 2, 0, 0, 0));
    assertArrayEquals(new float[] {-0.5f, 2, 3, 4}, step(master, 2, 0, 0, 0));
    assertArrayEquals(new float[] {-1, 2, 3, 4}, step(master, 2, 0, 0, 0));
  }

  @Test
  @DisplayName("frozen parameters stay, whatever the decay; those of no_decay do not shrink")
  void groups() {
    String decay = "optimizer.weight_decay=0.5";
    assertArrayEquals(new float[] {0.5f, 1, 1.5f, 2}, step(sgd(decay), 0, 0, 0, 0));
    assertArrayEquals(
        new float[] {0.5f, 1, 1.5f, 4}, step(sgd(decay, "optimizer.no_decay=[bias]"), 0, 0, 0, 0));
    assertArrayEquals(
        new float[] {1, 2, 3, 2}, step(sgd(decay, "model.frozen=[fc.weight]"), 8, 8, 8, 0));
    assertArrayEquals(
        new float[] {0, 2, 3, 4}, step(sgd(decay, "optimizer.no_decay=[fc]"), 2, 0, 0, 0));
    ConfigException e = assertThrows(ConfigException.class, () -> sgd("optimizer.no_decay=[norm]"));
    assertEquals(
        "optimizer.no_decay chooses nothing with \"norm\"; the parameters are fc.weight, fc.bias",
        e.getMessage());
  }

  @Test
  @DisplayName(
      "goes on from a copy of its state as it would have gone on itself, with each optimizer")
  void snapshot() {
    for (String optimizer :
        new String[] {
          "optimizer={name: adam, lr: 0.1}",
          "optimizer={name: sgd, lr: 0.1}",
          "optimizer={name: sgd, lr: 0.1, momentum: 0.9, dampening: 0.5}"
        }) {
      String[] settings = {"optimizer=null", optimizer, "optimizer.no_decay=[bias]"};
      MasterModel whole = master(settings);
      step(whole, 1, 2, 3, 4);
      MasterModel other = master(settings);
      try (Snapshot copy = whole.snapshot()) {
        step(whole, 4, 3, 2, 1); // The copy is of before.
        other.restore(copy.model(), copy.training(), 1);
      }
      assertArrayEquals(whole.values().parameters(), step(other, 4, 3, 2, 1), optimizer);
      assertArrayEquals(step(whole, 1, 1, 1, 1), step(other, 1, 1, 1, 1), optimizer);
      assertEquals(whole.values().step(), other.values().step());
    }
  }
}
