package io.kindling.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What submit.sh hands to the spark-submit of SPARK_HOME, which here prints it. */
@DisplayName("submit.sh")
class SubmitScriptTest {
  @TempDir Path dir;
  private Path script;
  private Path jar;

  private record Ended(int status, List<String> out, List<String> err) {}

  @BeforeEach
  void copy() throws IOException {
    Path checkout = dir.resolve("a checkout");
    script = checkout.resolve("submit-scripts/submit.sh");
    Files.createDirectories(script.getParent());
    Files.copy(Path.of("..", "submit-scripts", "submit.sh"), script);
    jar = checkout.resolve("spark-jobs/target/kindling.jar");
    Files.createDirectories(jar.getParent());
    Files.createFile(jar);
    Path spark = dir.resolve("spark/bin/spark-submit");
    Files.createDirectories(spark.getParent());
    Files.writeString(
        spark,
        """
        #!/bin/sh
        for arg in $SPARK_SUBMIT_OPTS "$@"; do echo "$arg"; done
        """);
    assertTrue(spark.toFile().setExecutable(true));
  }

  private Ended submit(String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of("sh", script.toString()));
    command.addAll(Arrays.asList(args));
    File out = dir.resolve("out.txt").toFile();
    File err = dir.resolve("err.txt").toFile();
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("SPARK_HOME", dir.resolve("spark").toString());
    builder.environment().keySet().removeAll(List.of("SPARK_CONF_DIR", "SPARK_SUBMIT_OPTS"));
    Process process = builder.redirectOutput(out).redirectError(err).start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "submit.sh did not end");
    return new Ended(
        process.exitValue(), Files.readAllLines(out.toPath()), Files.readAllLines(err.toPath()));
  }

  private List<String> handedOver(String... args) throws Exception {
    Ended ended = submit(args);
    assertEquals(0, ended.status(), ended.err().toString());
    return ended.out().subList(1, ended.out().size());
  }

  @Test
  @DisplayName("puts the class and the jar before the command, and brings its own defaults")
  void order() throws Exception {
    assertEquals(
        List.of(
            "--conf",
            "a=b",
            "--master",
            "local[*]",
            "--driver-memory",
            "2g",
            "--class",
            "io.kindling.jobs.Kindling",
            jar.toRealPath().toString(),
            "train",
            "--output",
            "o 1"),
        handedOver("--conf", "a=b", "train", "--output", "o 1"));
  }

  @Test
  @DisplayName("leaves the master and the memory that Spark's own defaults set")
  void defaults() throws Exception {
    Path file = dir.resolve("my.conf");
    Files.writeString(file, "spark.master   yarn\nspark.driver.memory=3g\n");
    List<String> plain = handedOver("--properties-file", file.toString(), "show", "x");
    assertFalse(plain.contains("--master"), plain.toString());
    assertFalse(plain.contains("--driver-memory"), plain.toString());
    Path conf = Files.createDirectories(dir.resolve("spark/conf"));
    Files.writeString(conf.resolve("spark-defaults.conf"), "spark.master spark://host:7077\n");
    List<String> ofHome = handedOver("show", "x");
    assertFalse(ofHome.contains("--master"), ofHome.toString());
    assertTrue(ofHome.contains("--driver-memory"), ofHome.toString());
  }

  @Test
  @DisplayName("refuses a command's option before the command; passes --version on")
  void misplaced() throws Exception {
    Ended ended = submit("--config", "c.yaml", "train", "--output", "o");
    assertEquals(64, ended.status());
    assertEquals(
        List.of("--config is an option of a command: put it after the command"), ended.err());
    assertEquals(64, submit("--output=o", "train").status());
    List<String> version = handedOver("--version");
    assertEquals("--version", version.get(version.size() - 1));
  }

  @Test
  @DisplayName("gives Spark one option for its logging, whatever the path of the checkout")
  void blanks() throws Exception {
    String first = submit("show", "x").out().get(0);
    assertTrue(first.startsWith("-Dlog4j2.configurationFile=file:/"), first);
    assertTrue(first.endsWith("a%20checkout/submit-scripts/log4j2.properties"), first);
  }
}
