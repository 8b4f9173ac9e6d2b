package io.kindling.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Spark's standalone cluster on 127.0.0.1: a Master and Workers of one core each, processes of
 * their own from the jars on this test's class path, to which applications are submitted.
 * Everything ends with {@link #close()}.
 */
final class StandaloneCluster implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);

  private final Path dir;
  private final JavaProcess master;
  private final String url;
  private final List<JavaProcess> workers = new ArrayList<>();
  private final List<JavaProcess> drivers = new ArrayList<>();
  private final Set<ProcessHandle> seen = new HashSet<>();
  private int started;

  private StandaloneCluster(Path dir) throws IOException {
    this.dir = dir;
    // What Spark looks for under SPARK_HOME; the classes come by the class path.
    Files.createDirectories(dir.resolve("home/jars"));
    Files.createDirectories(dir.resolve("home/conf"));
    master =
        daemon(
            "master",
            "org.apache.spark.deploy.master.Master",
            "--host",
            "127.0.0.1",
            "--port",
            "0");
    url = master.awaitLine("Starting Spark master at (spark://\\S+)", START).group(1);
  }

  /** Starts a cluster whose logs lie in {@code dir}. */
  static StandaloneCluster start(Path dir, int workers) throws IOException {
    StandaloneCluster cluster = new StandaloneCluster(Files.createDirectories(dir));
    try {
      for (int i = 0; i < workers; i++) {
        cluster.startWorker();
      }
      cluster.workers.forEach(StandaloneCluster::awaitRegistered);
      return cluster;
    } catch (Throwable e) {
      cluster.close();
      throw e;
    }
  }

  private JavaProcess daemon(String name, String... arguments) throws IOException {
    return daemon(name, Map.of(), arguments);
  }

  private JavaProcess daemon(String name, Map<String, String> more, String... arguments)
      throws IOException {
    Map<String, String> environment = new HashMap<>(more);
    environment.put("SPARK_HOME", dir.resolve("home").toString());
    environment.put("SPARK_SCALA_VERSION", "2.13");
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(1, List.of("--webui-port", "0"));
    return JavaProcess.start(dir, name, environment, List.of("-Xmx256m"), all);
  }

  private JavaProcess startWorker() throws IOException {
    return startWorker(Map.of());
  }

  private JavaProcess startWorker(Map<String, String> environment) throws IOException {
    String name = "worker" + started++;
    JavaProcess worker =
        daemon(
            name,
            environment,
            "org.apache.spark.deploy.worker.Worker",
            "--host",
            "127.0.0.1",
            "--cores",
            "1",
            "--memory",
            "1g",
            "--work-dir",
            dir.resolve(name + "-work").toString(),
            url);
    workers.add(worker);
    return worker;
  }

  private static void awaitRegistered(JavaProcess worker) {
    worker.awaitLine("Successfully registered with master", START);
  }

  /** Adds a worker; returns when the master knows it. */
  void addWorker() throws IOException {
    awaitRegistered(startWorker());
  }

  /** As {@link #addWorker()}; its executors have these options before those of their run. */
  void addWorker(String executorOptions) throws IOException {
    awaitRegistered(startWorker(Map.of("JAVA_TOOL_OPTIONS", executorOptions)));
  }

  /** SIGKILL to a worker; its executors notice and end. */
  void killWorker(int index) {
    executors();
    workers.get(index).kill();
  }

  /** SIGKILL to the worker that has been there longest; another takes its place. */
  void replaceWorker() throws IOException {
    killWorker(0);
    workers.remove(0).close();
    addWorker();
  }

  void killMaster() {
    master.kill();
  }

  String url() {
    return url;
  }

  /** Where its logs lie. */
  Path dir() {
    return dir;
  }

  /** The executor processes that are alive, in the workers' order. */
  List<ProcessHandle> executors() {
    List<ProcessHandle> alive =
        workers.stream().flatMap(worker -> worker.children().stream()).toList();
    seen.addAll(alive);
    return alive;
  }

  /** Waits until as many executor processes are there. */
  List<ProcessHandle> awaitExecutors(int count) {
    JavaProcess.await(count + " executors", START, () -> executors().size() >= count);
    return executors();
  }

  /** Submits a command in client mode; its driver is a process of its own. */
  JavaProcess submit(
      String name, List<String> driverOptions, List<String> sparkConf, List<String> command)
      throws IOException {
    return submit(name, driverOptions, "", sparkConf, command);
  }

  JavaProcess submit(
      String name,
      List<String> driverOptions,
      String executorOptions,
      List<String> sparkConf,
      List<String> command)
      throws IOException {
    List<String> arguments =
        new ArrayList<>(List.of("org.apache.spark.deploy.SparkSubmit", "--master", url));
    List<String> conf = conf(executorOptions);
    conf.addAll(sparkConf);
    conf.forEach(setting -> arguments.addAll(List.of("--conf", setting)));
    arguments.addAll(
        List.of("--class", "io.kindling.jobs.Kindling", ApplicationJar.get().toString()));
    arguments.addAll(command);
    List<String> options = new ArrayList<>(List.of("-Xmx512m"));
    options.addAll(driverOptions);
    JavaProcess driver = JavaProcess.start(dir, name, Map.of(), options, arguments);
    drivers.add(driver);
    return driver;
  }

  /** What an application on this cluster is told. */
  static List<String> conf(String executorOptions) {
    return new ArrayList<>(
        List.of(
            "spark.ui.enabled=false",
            "spark.driver.host=127.0.0.1",
            "spark.executor.memory=512m",
            "spark.executor.extraClassPath=" + ApplicationJar.sparkClassPath(),
            "spark.executor.extraJavaOptions="
                + String.join(" ", JavaProcess.QUICK_START)
                + " "
                + executorOptions));
  }

  /** Kills the drivers that are still there, and waits until their executors are gone. */
  void endDrivers() {
    drivers.forEach(JavaProcess::close);
    drivers.clear();
    JavaProcess.await("the end of the executors", START, () -> executors().isEmpty());
  }

  @Override
  public void close() {
    executors();
    drivers.forEach(JavaProcess::close);
    workers.forEach(JavaProcess::close);
    master.close();
    seen.forEach(ProcessHandle::destroyForcibly);
  }
}
