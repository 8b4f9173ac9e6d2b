package io.kindling.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packed jar, through submit.sh; runs after the jar is packed. */
@DisplayName("kindling.jar")
class KindlingJarPacked {
  private static final Path JAR = Path.of(System.getProperty("kindling.jar", "none"));
  private static final Path SUBMIT = Path.of(System.getProperty("kindling.submit", "none"));

  @TempDir Path dir;

  private record Ended(int status, List<String> out, List<String> err) {}

  private Ended submit(String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of("sh", SUBMIT.toString()));
    command.addAll(Arrays.asList(args));
    File out = dir.resolve("stdout").toFile();
    File err = dir.resolve("stderr").toFile();
    ProcessBuilder builder = new ProcessBuilder(command).directory(dir.toFile());
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove("SPARK_HOME");
    Process process = builder.redirectOutput(out).redirectError(err).start();
    try {
      assertTrue(process.waitFor(180, TimeUnit.SECONDS), "submit.sh did not end");
    } finally {
      process.destroyForcibly();
    }
    return new Ended(
        process.exitValue(), Files.readAllLines(out.toPath()), Files.readAllLines(err.toPath()));
  }

  private void config(String model) throws IOException {
    Files.writeString(
        dir.resolve("run.yaml"),
        """
        data: {root: digits, generate: {train_count: 300, test_count: 60}, shape: [784]}
        model: {class: %s}
        train: {epochs: 1, batch_size: 50}
        optimizer: {name: adam, lr: 0.01}
        """
            .formatted(model));
  }

  @Test
  @DisplayName("holds our classes, libraries and natives, and nothing of Spark's")
  void contents() throws IOException {
    try (JarFile jar = new JarFile(JAR.toFile())) {
      List<String> names = jar.stream().map(ZipEntry::getName).toList();
      for (String expected :
          List.of(
              "io/kindling/jobs/Kindling.class",
              "io/kindling/tensor/Tensor.class",
              "io/kindling/shaded/picocli/CommandLine.class",
              "io/kindling/shaded/snakeyaml/Yaml.class",
              "io/kindling/shaded/jackson/yaml/YAMLFactory.class",
              "META-INF/LICENSE",
              "META-INF/NOTICE")) {
        assertTrue(names.contains(expected), expected);
      }
      assertTrue(names.stream().anyMatch(name -> name.contains("libdnnl.so")), "natives");
      for (String foreign :
          List.of(
              "org/apache/",
              "scala/",
              "org/slf4j/",
              "com/fasterxml/",
              "picocli/",
              "org/yaml/",
              "META-INF/services/",
              "META-INF/versions/")) {
        assertFalse(names.stream().anyMatch(name -> name.startsWith(foreign)), foreign);
      }
      assertFalse(
          names.stream()
              .anyMatch(name -> name.matches(".*module-info.class|META-INF/.*[.](SF|RSA|DSA)")));
      assertEquals(names.size(), names.stream().distinct().count(), "an entry comes twice");
      String version = jar.getManifest().getMainAttributes().getValue("Implementation-Version");
      assertFalse(version.isBlank());
    }
  }

  @Test
  @DisplayName("trains a class of --jars from any directory, on paths relative to it")
  void userModel() throws Exception {
    Path source =
        Files.writeString(
            Files.createDirectories(dir.resolve("src/com/acme")).resolve("MyNet.java"),
            """
            package com.acme;

            import io.kindling.nn.*;
            import io.kindling.tensor.Tensor;

            public class MyNet extends io.kindling.nn.Module {
              Linear fc = new Linear(784, 10);

              @Override
              public Tensor forward(Tensor x) {
                return fc.forward(x);
              }
            }
            """);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    assertEquals(
        0,
        compiler.run(
            null, null, null, "-cp", JAR.toString(), "-d", dir + "/classes", source.toString()));
    try (OutputStream file = Files.newOutputStream(dir.resolve("mine.jar"));
        JarOutputStream jar = new JarOutputStream(file)) {
      jar.putNextEntry(new ZipEntry("com/acme/MyNet.class"));
      jar.write(Files.readAllBytes(dir.resolve("classes/com/acme/MyNet.class")));
      jar.closeEntry();
    }
    config("com.acme.MyNet");
    Ended ended =
        submit(
            "--master",
            "local[2]",
            "--jars",
            "mine.jar",
            "--name",
            "train",
            "--conf",
            "spark.ui.enabled=false",
            "train",
            "--config",
            "run.yaml",
            "--output",
            "out");
    assertEquals(0, ended.status(), ended.err().toString());
    assertTrue(ended.out().contains("output out"), ended.out().toString());
    JsonNode status = new ObjectMapper().readTree(dir.resolve("out/status.json").toFile());
    assertEquals("SUCCEEDED", status.path("state").asText());
    assertTrue(Files.exists(dir.resolve("digits/_GENERATED.json")));
    assertTrue(Files.exists(dir.resolve("out/_SUCCESS")));
  }

  /**
   * But for that of a pool of Spark's that stops before what was given to it, which Spark prints.
   */
  private static void assertNoStackTrace(Ended ended) {
    boolean ofStoppedPool = false;
    for (String line : ended.err()) {
      if (line.matches("(Caused by: |Exception in thread |[\\w.$]+(Exception|Error)\\b).*")) {
        ofStoppedPool = line.startsWith("java.util.concurrent.RejectedExecutionException: ");
      }
      assertFalse(line.startsWith("\tat ") && !ofStoppedPool, ended.err().toString());
    }
  }

  @Test
  @DisplayName("a failure in a task ends with its status, the cause last and no stack trace")
  void failure() throws Exception {
    config("lenet");
    submit("generate", "--kind", "digits", "--count", "300", "--output", "digits");
    Path images = dir.resolve("digits/train-images-idx3-ubyte.gz");
    byte[] bytes = Files.readAllBytes(images);
    Files.write(images, Arrays.copyOf(bytes, bytes.length - 4));
    Ended ended =
        submit(
            "train",
            "--config",
            "run.yaml",
            "--output",
            "out",
            "--set",
            "data.generate=null",
            "--set",
            "data.shape=[1, 28, 28]");
    assertEquals(65, ended.status(), ended.err().toString());
    assertTrue(
        ended
            .err()
            .get(ended.err().size() - 1)
            .endsWith("truncated gzip: its checksum is missing; fetch it again"),
        ended.err().toString());
    assertNoStackTrace(ended);
    assertFalse(ended.err().toString().toLowerCase(java.util.Locale.ROOT).contains("exit code"));
  }

  @Test
  @DisplayName("submit.sh without a command is wrong usage, and passes help on")
  void usage() throws Exception {
    assertEquals(64, submit().status());
    assertEquals(64, submit("--master", "train").status());
    Ended help = submit("--help");
    assertEquals(0, help.status(), help.err().toString());
    assertTrue(help.out().get(0).startsWith("Usage: kindling"), help.out().toString());
  }
}
