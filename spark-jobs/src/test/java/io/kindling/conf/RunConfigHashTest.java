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
        "32e131b872d364f30679bac641fb3410a28d04bc7e17601a3eb8f8fba99440d6", load(YAML).sha256());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data.partitions=3",
        "data.class_names=[a, b, c, d, e, f, g, h, i, j]",
        "train.log_every=7",
        "train.eval_every=7",
        "engine.memory_limit=1g",
        "engine.device=cpu",
        "engine.isa=auto",
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
        "data.root=elsewhere",
        "data.shards=4",
        "data.limit=10",
        "data.normalize={mean: 0, std: 1}",
        "data.generate={seed: 1}",
        "model.class=lenet",
        "model.args.hidden=[9]",
        "model.init_seed=1",
        "train.epochs=6",
        "train.seed=1",
        "train.batch_size=65",
        "train.max_steps=10",
        "train.shuffle=false",
        "train.drop_last=true",
        "train.loss=nll",
        "optimizer.momentum=0.8",
      })
  @DisplayName("keys that decide the result change the hash")
  void deciding(String setting) {
    assertNotEquals(load(YAML).sha256(), load(YAML, setting).sha256());
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
