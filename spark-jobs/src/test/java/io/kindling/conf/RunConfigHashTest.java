package io.kindling.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunConfigHashTest {
  private static final String YAML =
      """
      data: {root: place}
      model: {class: mlp, args: {hidden: [8], dropout: 0.5}}
      optimizer: {name: sgd, lr: 0.1, momentum: 0.9}
      """;

  private static RunConfig load(String yaml, String... settings) {
    return ConfigLoader.load(
        List.of(Layer.yaml("run.yaml", yaml), Layer.settings(List.of(settings))));
  }

  @Test
  @DisplayName("the hash does not depend on the order of keys, nor on how a number is written")
  void spelling() {
    String other =
        """
        optimizer: {momentum: 9.0e-1, lr: 1e-1, name: sgd, nesterov: false}
        model: {args: {dropout: 0.5, hidden: [8]}, class: mlp}
        data: {shards: 8, root: place}
        """;
    assertEquals(load(YAML).sha256(), load(other).sha256());
  }

  @Test
  @DisplayName("the hash of a configuration does not change from one build to the next")
  void golden() {
    assertEquals(
        "55d6a9a0f74b828d8973cb94b803a3240cf36c1ab08d3cb571fb0e5db4a2fa2f", load(YAML).sha256());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data.partitions=3",
        "data.class_names=[a, b, c, d, e, f, g, h, i, j]",
        "train.log_every=7",
        "train.eval_every=7",
        "train.validate_every=7",
        "train.non_finite=skip",
        "engine.memory_limit=1g",
        "engine.device=cpu",
        "engine.isa=auto",
        "data.root=elsewhere",
        "data.train_images=x",
        "train.epochs=6",
        "train.max_steps=10",
        "train.max_minutes=10",
        "train.checkpoint_every=10",
        "train.keep_last=3",
        "train.keep_best=3",
      })
  @DisplayName("keys that do not decide the result leave the hash alone")
  void free(String setting) {
    assertEquals(load(YAML).sha256(), load(YAML, setting).sha256());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "engine.backend=java",
        "engine.isa=avx2",
        "data.shards=4",
        "data.limit=10",
        "data.normalize={mean: 0, std: 1}",
        "data.generate={seed: 1}",
        "model.class=lenet",
        "model.args.hidden=[9]",
        "model.init_seed=1",
        "train.seed=1",
        "train.batch_size=65",
        "train.accumulate=2",
        "train.shuffle=false",
        "train.drop_last=true",
        "train.loss=nll",
        "optimizer.momentum=0.8",
      })
  @DisplayName("keys that decide the result change the hash")
  void deciding(String setting) {
    assertNotEquals(load(YAML).sha256(), load(YAML, setting).sha256());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train.epochs=6",
        "train.max_steps=10",
        "train.max_minutes=10",
        "train.patience=3"
      })
  @DisplayName("where a run stops has a hash of its own")
  void stop(String setting) {
    assertNotEquals(load(YAML).stopSha256(), load(YAML, setting).stopSha256());
    assertEquals(load(YAML).stopSha256(), load(YAML, "train.seed=1").stopSha256());
  }

  @Test
  @DisplayName("keys that decide and differ are told with both values, and no others")
  void differences() {
    RunConfig now =
        load(
            YAML,
            "train.seed=2",
            "model.args={hidden: [8, 9]}",
            "data.normalize={mean: 0, std: 1}",
            "data.root=elsewhere",
            "train.epochs=6");
    assertEquals(
        List.of(
            "data.normalize.mean (was not given, is [0.0])",
            "data.normalize.std (was not given, is [1.0])",
            "model.args.hidden (was [8], is [8, 9])",
            "train.seed (was 0, is 2)"),
        now.differences(load(YAML).toYaml()));
    assertEquals(List.of(), now.differences(now.toYaml()));
  }

  @Test
  @DisplayName("no two trees share a canonical text")
  void canonical() {
    assertNotEquals(
        Canonical.text(Map.of("a", "b;c")), Canonical.text(Map.of("a", List.of("b", "c"))));
    assertNotEquals(Canonical.text(List.of("1")), Canonical.text(List.of(1)));
    assertNotEquals(Canonical.text(List.of("a\";1\"b")), Canonical.text(List.of("a", "b")));
  }

  @Test
  @DisplayName("secrets are masked in the resolved YAML, look-alikes are not")
  void secrets() {
    String yaml =
        load(
                YAML,
                "data.root=s3a://AKIA:hidden@bucket/x",
                "model.args={hf_token: hidden, num_tokens: 128, nested: {password: hidden},"
                    + " aws_access_key: hidden, client_secret: hidden}")
            .toYaml();
    assertFalse(yaml.contains("hidden\""), yaml);
    assertFalse(yaml.contains("AKIA"), yaml);
    assertTrue(yaml.contains("root: \"s3a://***@bucket/x\""), yaml);
    assertTrue(yaml.contains("num_tokens: 128"), yaml);
    assertTrue(yaml.contains("hf_token: \"***\""), yaml);
  }
}
