package io.kindling.conf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A schedule of the learning rate")
class ScheduleConfigTest {
  private static RunConfig load(String... settings) {
    List<String> all = new ArrayList<>(List.of("data.root=x", "model.class=mlp"));
    all.add("optimizer={name: sgd, lr: 0.1}");
    all.addAll(List.of(settings));
    return ConfigLoader.load(List.of(Layer.settings(all)));
  }

  private static void factors(String schedule, double... expected) {
    ScheduleConfig read = load("schedule=" + schedule).schedule();
    double[] is = LongStream.range(0, expected.length).mapToDouble(read::factor).toArray();
    assertArrayEquals(expected, is, 1e-12, schedule);
  }

  @Test
  @DisplayName(
      "grows over the warm-up, then stays, falls in stairs or as a cosine, and is level after")
  void factors() {
    assertNull(load().schedule());
    factors("{name: constant}", 1, 1);
    factors("{name: constant, warmup_steps: 3}", 0.25, 0.5, 0.75, 1, 1);
    factors("{name: step, every: 2, gamma: 0.5}", 1, 1, 0.5, 0.5, 0.25);
    factors("{name: step, every: 1, warmup_steps: 1}", 0.5, 1, 0.1, 0.01);
    factors("{name: cosine, steps: 2}", 1, 0.5, 0, 0, 0);
    factors("{name: cosine, steps: 2, least: 0.2, warmup_steps: 1}", 0.5, 1, 0.6, 0.2, 0.2);
  }

  @Test
  @DisplayName("is written and read back, and is part of the hash")
  void written() {
    RunConfig config = load("schedule={name: step, every: 2}");
    assertEquals(config, ConfigLoader.load(List.of(Layer.yaml("y", config.toYaml()))));
    assertTrue(config.toYaml().contains("name: \"step\""), config.toYaml());
    assertEquals(
        List.of(
            "schedule.every (was not given, is 2)",
            "schedule.gamma (was not given, is 0.1)",
            "schedule.name (was not given, is step)",
            "schedule.warmup_steps (was not given, is 0)"),
        config.differences(load().toYaml()));
  }

  @Test
  @DisplayName("and parameters are refused by what is wrong with them")
  void refused() {
    refused(
        "schedule.every is required and has no default; give it a value", "schedule={name: step}");
    refused(
        "schedule.name: expected one of constant, step, cosine, got text \"cosin\" (did you mean"
            + " cosine?)",
        "schedule={name: cosin}");
    refused("train.clip_norm must be a finite number above 0, got 0", "train.clip_norm=0");
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () -> Named.choose("model.frozen", List.of("fc"), List.of("fc1.bias", "fc2.bias")));
    assertEquals(
        "model.frozen chooses nothing with \"fc\"; the parameters are fc1.bias, fc2.bias",
        e.getMessage());
    assertEquals(
        List.of("a.fc.bias", "fc.weight"),
        List.copyOf(
            Named.choose("k", List.of("fc"), List.of("a.fc.bias", "fc.weight", "fc1.bias"))));
  }

  private static void refused(String message, String setting) {
    ConfigException e = assertThrows(ConfigException.class, () -> load(setting));
    assertTrue(e.getMessage().endsWith(message), e.getMessage());
  }
}
