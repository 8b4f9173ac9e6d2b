package io.kindling.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A submitted run, its fault, and the time from the fault to the next step, or to the run's end.
 */
final class FaultyRun {
  private static final Duration LIMIT = Duration.ofSeconds(150);

  private final StandaloneCluster cluster;
  private final Path output;
  private final Path faults;
  private final List<String> conf;
  private final List<String> command;
  private final List<String> driverOptions;
  private final String executorOptions;
  private JavaProcess driver;
  private long since = System.nanoTime();
  private long stepsBefore;
  private double seconds;

  private FaultyRun(
      StandaloneCluster cluster,
      Path output,
      List<String> conf,
      List<String> driverOptions,
      String executorOptions,
      TrainingRun run)
      throws IOException {
    this.cluster = cluster;
    this.output = output;
    this.faults = faults(output);
    this.conf = conf;
    this.driverOptions = driverOptions;
    this.executorOptions = executorOptions;
    this.command = run.command(output);
    this.driver = submit("");
  }

  static Path faults(Path output) {
    return output.resolveSibling(output.getFileName() + "-faults");
  }

  /** Submits a run with a fault at the fifteenth forward of a process; null for none. */
  static FaultyRun submit(
      StandaloneCluster cluster, TrainingRun run, Path output, Fault.Kind kind, String... conf)
      throws IOException {
    return submit(cluster, run, output, kind, List.of(), conf);
  }

  static FaultyRun submit(
      StandaloneCluster cluster,
      TrainingRun run,
      Path output,
      Fault.Kind kind,
      List<String> driverOptions,
      String... conf)
      throws IOException {
    String options = kind == null ? "" : Fault.option(kind, 15, faults(output));
    return new FaultyRun(cluster, output, List.of(conf), driverOptions, options, run);
  }

  private JavaProcess submit(String suffix) throws IOException {
    return cluster.submit(
        output.getFileName() + suffix, driverOptions, executorOptions, conf, command);
  }

  /** Submits the same command again. */
  FaultyRun again() throws IOException {
    driver = submit("-again");
    return this;
  }

  /** Waits until a process is at the fault; the time runs from here. */
  FaultyRun awaitReached() {
    JavaProcess.await(
        "the fault to be reached",
        LIMIT,
        () -> Files.exists(Fault.reached(faults)) || !driver.isAlive());
    assertTrue(Files.exists(Fault.reached(faults)), driver::tail);
    return fromNow();
  }

  /** The time runs from here. */
  FaultyRun fromNow() {
    since = System.nanoTime();
    stepsBefore = steps();
    return this;
  }

  void go() throws IOException {
    Fault.go(faults);
  }

  private long steps() {
    return driver.out().stream().filter(line -> line.contains("  step ")).count();
  }

  /** Waits for the first step after the fault. */
  FaultyRun awaitStep() {
    JavaProcess.await(
        "a step after the fault", LIMIT, () -> steps() > stepsBefore || !driver.isAlive());
    seconds = secondsSince();
    return this;
  }

  private double secondsSince() {
    return (System.nanoTime() - since) / 1e9;
  }

  /** Waits for the end of a run that succeeds with these weights. */
  FaultyRun awaitSuccess(String weights) throws IOException {
    int ending = driver.awaitEnd(LIMIT);
    assertEquals(0, ending, driver::tail);
    assertEquals(weights, new RunOutput(output).weightsSha256());
    return this;
  }

  /** Waits for the end of a run that fails. */
  FaultyRun awaitFailure(int ending, String lastLine) {
    int found = driver.awaitEnd(LIMIT);
    seconds = secondsSince();
    assertEquals(ending, found, driver::tail);
    String last = lastLine();
    assertTrue(
        last.matches(lastLine), () -> "expected " + lastLine + ", got " + last + driver.tail());
    return this;
  }

  JavaProcess driver() {
    return driver;
  }

  int ending() {
    return driver.awaitEnd(LIMIT);
  }

  /** The last line on standard error that is not of Spark's log. */
  String lastLine() {
    List<String> err =
        driver.err().stream().filter(line -> !line.matches("\\d\\d/\\d\\d/\\d\\d .*")).toList();
    return err.get(err.size() - 1);
  }

  double seconds() {
    return seconds;
  }
}
