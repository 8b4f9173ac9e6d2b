package io.kindling.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.launcher.JavaModuleOptions;

/**
 * A Java process with Spark on its class path; what it prints goes to files. Each wait is bounded.
 */
final class JavaProcess implements AutoCloseable {
  /** Processes here live for seconds: not worth the optimising compiler. */
  static final List<String> QUICK_START =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto");

  private final String name;
  private final Process process;
  private final Path out;
  private final Path err;
  private final Thread hook = new Thread(this::kill);

  private JavaProcess(String name, Process process, Path out, Path err) {
    this.name = name;
    this.process = process;
    this.out = out;
    this.err = err;
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) { // this process is ending
      kill();
      throw e;
    }
  }

  /** Starts {@code java OPTIONS -cp CLASSPATH ARGUMENTS}; prints to dir/name.out and .err. */
  static JavaProcess start(
      Path dir,
      String name,
      Map<String, String> environment,
      List<String> options,
      List<String> arguments)
      throws IOException {
    Files.createDirectories(dir);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(JavaModuleOptions.defaultModuleOptionArray()));
    command.addAll(QUICK_START);
    command.addAll(options);
    command.addAll(List.of("-cp", ApplicationJar.sparkClassPath()));
    command.addAll(arguments);
    Path out = dir.resolve(name + ".out");
    Path err = dir.resolve(name + ".err");
    ProcessBuilder builder = new ProcessBuilder(command).directory(dir.toFile());
    builder.environment().putAll(environment);
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    return new JavaProcess(name, process, out, err);
  }

  /** Waits for a line on standard output or error that the pattern fits in part. */
  Matcher awaitLine(String regex, Duration limit) {
    Pattern pattern = Pattern.compile(regex);
    await(
        name + " to print " + regex,
        limit,
        () -> find(pattern).isPresent() || !process.isAlive(),
        this::tail);
    Optional<Matcher> found = find(pattern);
    assertTrue(found.isPresent(), () -> name + " ended without printing " + regex + tail());
    return found.get();
  }

  private Optional<Matcher> find(Pattern pattern) {
    return java.util.stream.Stream.concat(out().stream(), err().stream())
        .map(pattern::matcher)
        .filter(Matcher::find)
        .findFirst();
  }

  /** The exit status. */
  int awaitEnd(Duration limit) {
    await(name + " to end", limit, () -> !process.isAlive(), this::tail);
    return process.exitValue();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  List<String> out() {
    return lines(out);
  }

  List<String> err() {
    return lines(err);
  }

  List<ProcessHandle> children() {
    return process.children().toList();
  }

  private static List<String> lines(Path file) {
    try {
      return new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.UTF_8)
          .lines()
          .toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** What it printed last. */
  String tail() {
    List<String> all = new ArrayList<>(out());
    all.addAll(err());
    return "\n" + String.join("\n", all.subList(Math.max(0, all.size() - 40), all.size()));
  }

  /** SIGKILL; returns when the process is gone. */
  void kill() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What may fail as files do. */
  interface Body {
    void run() throws IOException;
  }

  /** SIGTERM; runs the body once its thread for that is at work. */
  void stop(Body then) throws IOException {
    signal(process.toHandle(), "TERM");
    try {
      Thread.sleep(300);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    then.run();
  }

  /** Sends a signal by its name, such as STOP. */
  static void signal(ProcessHandle process, String signal) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + signal, "" + process.pid()).start();
      assertTrue(kill.waitFor(10, TimeUnit.SECONDS), "kill did not end");
      assertEquals(0, kill.exitValue(), "kill -" + signal + " " + process.pid());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static void await(String what, Duration limit, BooleanSupplier condition) {
    await(what, limit, condition, () -> "");
  }

  private static void await(
      String what,
      Duration limit,
      BooleanSupplier condition,
      java.util.function.Supplier<String> details) {
    long end = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(
          System.nanoTime() < end,
          () -> "waited " + limit.toSeconds() + " s for " + what + details.get());
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted while waiting for " + what, e);
      }
    }
  }

  @Override
  public void close() {
    kill();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // the hooks are running
    }
  }
}
