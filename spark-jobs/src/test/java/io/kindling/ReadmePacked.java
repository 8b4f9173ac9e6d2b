package io.kindling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles the README's Java as it stands there, packs it and submits it to Spark. */
@DisplayName("README's examples")
class ReadmePacked {
  private static final Path JAR = Path.of(System.getProperty("kindling.jar", "none"));
  private static final Path SUBMIT = Path.of(System.getProperty("kindling.submit", "none"));
  private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern CLASS = Pattern.compile("public class (\\w+)");

  @TempDir static Path dir;

  @BeforeAll
  static void packsTheExamples() throws Exception {
    Path readme = SUBMIT.toRealPath().getParent().getParent().resolve("README.md");
    Path sources = Files.createDirectories(dir.resolve("com/acme"));
    List<String> arguments = new ArrayList<>(List.of("-cp", compileClassPath(), "-d", dir + ""));
    Matcher block = BLOCK.matcher(Files.readString(readme));
    while (block.find()) {
      Matcher name = CLASS.matcher(block.group(1));
      assertTrue(name.find(), "a block of Java in README.md without a public class");
      Path source = sources.resolve(name.group(1) + ".java");
      arguments.add(Files.writeString(source, block.group(1)).toString());
    }
    assertEquals(6, arguments.size(), "README.md has two examples in Java");
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(null, System.out, System.err, arguments.toArray(new String[0]));
    assertEquals(0, status, "README.md's examples do not compile");
    try (OutputStream file = Files.newOutputStream(dir.resolve("mynet.jar"));
        JarOutputStream jar = new JarOutputStream(file)) {
      for (String name : List.of("MyNet", "TrainMyNet")) {
        jar.putNextEntry(new JarEntry("com/acme/" + name + ".class"));
        jar.write(Files.readAllBytes(sources.resolve(name + ".class")));
      }
    }
  }

  private static String sparkClassPath() throws Exception {
    return Files.readString(JAR.resolveSibling("spark-classpath.txt")).trim();
  }

  private static String compileClassPath() throws Exception {
    return JAR + File.pathSeparator + sparkClassPath();
  }

  private static void succeeds(List<String> command) throws Exception {
    File log = Files.createTempFile(dir, "run", ".log").toFile();
    ProcessBuilder builder = new ProcessBuilder(command).directory(dir.toFile());
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove("SPARK_HOME");
    Process process = builder.redirectErrorStream(true).redirectOutput(log).start();
    try {
      assertTrue(process.waitFor(240, TimeUnit.SECONDS), "the run did not end");
    } finally {
      process.destroyForcibly();
    }
    assertEquals(0, process.exitValue(), () -> read(log));
  }

  private static String read(File log) {
    try {
      return Files.readString(log.toPath());
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }

  @Test
  @DisplayName("a model of one's own trains by its name in the configuration")
  void byName() throws Exception {
    Path conf = SUBMIT.toRealPath().getParent().resolveSibling("conf/quickstart.yaml");
    succeeds(
        List.of(
            "sh",
            SUBMIT.toString(),
            "--master",
            "local[2]",
            "--jars",
            "mynet.jar",
            "train",
            "--config",
            conf.toString(),
            "--set",
            "model.class=com.acme.MyNet",
            "--set",
            "model.args=null",
            "--set",
            "data.root=digits",
            "--set",
            "data.generate.train_count=400",
            "--set",
            "data.generate.test_count=80",
            "--set",
            "train.epochs=1",
            "--output",
            "by-name"));
    assertTrue(Files.exists(dir.resolve("by-name/_SUCCESS")));
  }

  @Test
  @DisplayName("a few lines of Java train the same model through spark-submit")
  void byTrainer() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
    command.addAll(List.of("-cp", sparkClassPath(), "org.apache.spark.deploy.SparkSubmit"));
    command.addAll(List.of("--master", "local[2]", "--class", "com.acme.TrainMyNet"));
    command.addAll(List.of("--jars", JAR.toString(), "mynet.jar", "by-trainer"));
    succeeds(command);
    assertTrue(Files.exists(dir.resolve("by-trainer/_SUCCESS")));
  }
}
