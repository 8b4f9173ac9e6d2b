package io.kindling.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.failure.Ending;
import io.kindling.failure.JobException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KindlingTest {
  @TempDir Path dir;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private @Nullable JobException run(String... args) {
    return Kindling.run(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        args);
  }

  private List<String> failure(Ending ending, String... args) {
    JobException failure = run(args);
    assertNotNull(failure);
    assertEquals(ending, failure.ending());
    return err.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private String file(String yaml) throws Exception {
    return Files.writeString(dir.resolve("run.yaml"), yaml).toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "trian --config x | unknown command trian; did you mean train or verify?",
        "train --confg x | unknown option --confg; did you mean --config?",
        "train --config x --output y z | unknown argument z",
        "train --config x | Missing required option: '--output=DIR'",
        "train --config | Missing required parameter for option '--config' (FILE)",
        "train --config x --config y --output z | option '--config' (FILE) should be specified"
            + " only once",
        "generate --kind cats --count 5 --output x | Invalid value for option '--kind': expected"
            + " one of [DIGITS] (case-insensitive) but was 'cats'",
        "generate --kind digits --count 0 --output x | --count must lie between 1 and 2739137, got 0",
        "generate --kind digits --count ten --output x | Invalid value for option '--count':"
            + " 'ten' is not an int",
        "show | Missing required parameter: 'PATH'",
        "--verbos | unknown option --verbos; did you mean --version?",
      })
  @DisplayName("a wrong command line ends with 64, the cause last")
  void usage(String line, String message) {
    List<String> told = failure(Ending.USAGE, line.split(" "));
    assertEquals(message, told.get(told.size() - 1));
    assertTrue(told.get(told.size() - 2).endsWith(" FAILED: wrong usage"), told.toString());
  }

  @Test
  @DisplayName("no command is wrong usage and lists the commands")
  void noCommand() {
    List<String> told = failure(Ending.USAGE);
    assertEquals(
        "no command given; one of train, evaluate, generate, show, verify",
        told.get(told.size() - 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "train --help", "evaluate -h", "generate -h", "show --help"})
  @DisplayName("help is printed and is a success")
  void help(String line) {
    assertNull(run(line.split(" ")));
    assertTrue(out.toString(StandardCharsets.UTF_8).startsWith("Usage: kindling"));
    assertEquals("", err.toString(StandardCharsets.UTF_8));
  }

  @Test
  @DisplayName("the version is printed and is a success")
  void version() {
    assertNull(run("--version"));
    assertTrue(out.toString(StandardCharsets.UTF_8).startsWith("kindling "));
  }

  @Test
  @DisplayName("a wrong key in the file ends with 78 and names file, line and the nearest key")
  void wrongKey() throws Exception {
    String file =
        file("data: {root: x}\nmodel: {class: mlp}\ntrain: {epoch: 3}\noptimizer: {name: sgd}\n");
    List<String> told = failure(Ending.BAD_CONFIG, "train", "--config", file, "--output", "out");
    assertEquals(
        List.of(
            "train FAILED: bad configuration",
            file + ":3: unknown key train.epoch; did you mean train.epochs?"),
        told);
  }

  @Test
  @DisplayName("a setting wins over the file and is named when it is wrong")
  void wrongSetting() throws Exception {
    String file = file("data: {root: x}\nmodel: {class: mlp}\noptimizer: {name: sgd}\n");
    List<String> told =
        failure(
            Ending.BAD_CONFIG,
            "evaluate",
            "--model",
            "m",
            "--set",
            "train.epochs=2",
            "--set",
            "train.epochs=-1",
            "--config",
            file);
    assertEquals(
        "--set train.epochs=-1: train.epochs must be at least 1, got -1",
        told.get(told.size() - 1));
  }

  @Test
  @DisplayName("a configuration file that is not there ends with 66")
  void missingFile() {
    String file = dir.resolve("none.yaml").toString();
    List<String> told = failure(Ending.INPUT_MISSING, "train", "--config", file, "--output", "out");
    assertEquals(
        "FileNotFoundException: the configuration file "
            + file
            + " does not exist: no file:"
            + file,
        told.get(told.size() - 1));
  }

  @Test
  @DisplayName("the stack trace is shown only under --verbose, above the cause")
  void verbose() {
    List<String> quiet = failure(Ending.USAGE, "train", "--output", "x");
    assertFalse(quiet.stream().anyMatch(line -> line.startsWith("\tat ")), quiet.toString());
    err.reset();
    List<String> told = failure(Ending.USAGE, "train", "--output", "x", "--verbose");
    assertTrue(told.stream().anyMatch(line -> line.startsWith("\tat ")), told.toString());
    assertEquals(quiet.get(quiet.size() - 1), told.get(told.size() - 1));
  }

  @Test
  @DisplayName("a secret on the command line is not repeated in a message")
  void secretSetting() throws Exception {
    List<String> told =
        failure(
            Ending.BAD_CONFIG,
            "train",
            "--config",
            file("data: {root: x}\nmodel: {class: mlp}\noptimizer: {name: sgd}\n"),
            "--set",
            "train.hub_token=hidden",
            "--output",
            "out");
    assertFalse(told.toString().contains("hidden"), told.toString());
    assertTrue(told.get(1).startsWith("--set train.hub_token=***: unknown key"), told.toString());
  }
}
