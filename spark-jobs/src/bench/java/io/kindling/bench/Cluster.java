package io.kindling.bench;

import io.kindling.bench.Simulation.Server;
import java.util.ArrayList;
import java.util.List;

/** A driver and its executors: cores, threads that do one thing after another, and links. */
final class Cluster {
  /** Threads of Spark's network layer in a process. */
  private static final int NETWORK_THREADS = 8;

  /** Connections share a link by so many bytes, or by so small a part of the vector. */
  private static final double LEAST_CHUNK = 64 << 10;

  private static final double MOST_CHUNKS = 128;

  final Simulation time = new Simulation();
  final Node driver;
  final List<Node> executors = new ArrayList<>();
  private final Setup setup;
  private final Costs costs;

  /**
   * What a step is made of.
   *
   * @param parameters float32 each
   * @param shards of the data, over all tasks
   * @param executors processes
   * @param tasks a process
   * @param compute seconds of a task's forward and backward
   * @param bandwidth bytes a second of a process's link, each way
   * @param latency seconds, one way
   * @param cores of the driver, and of an executor beside those that compute
   * @param oneMachine whether all processes share the driver's cores
   * @param spread of the logarithm of the tasks' compute times
   * @param seed of the spread
   */
  record Setup(
      long parameters,
      int shards,
      int executors,
      int tasks,
      double compute,
      double bandwidth,
      double latency,
      int cores,
      boolean oneMachine,
      double spread,
      long seed) {
    /** One task and one shard an executor, hosts of their own with 16 cores, 0.1 ms, no spread. */
    static Setup of(long parameters, int executors, double compute, double bandwidth) {
      return new Setup(
          parameters, executors, executors, 1, compute, bandwidth, 1e-4, 16, false, 0, 1);
    }

    int allTasks() {
      return executors * tasks;
    }

    double bytes() {
      return 4.0 * parameters;
    }

    Setup withSpread(double sigma) {
      return new Setup(
          parameters,
          shards,
          executors,
          tasks,
          compute,
          bandwidth,
          latency,
          cores,
          oneMachine,
          sigma,
          seed);
    }
  }

  /**
   * What the processors need.
   *
   * @param pack seconds a byte to turn numbers into a message and hand it to the network
   * @param unpack seconds a byte to take a message from the network
   * @param add seconds a byte to add a message's numbers to a sum
   * @param message seconds a message at each end, whatever its length
   * @param wake seconds until the threads that a message passes through run, on no core
   * @param step seconds a step of resident tasks, whatever its size
   * @param update seconds a parameter of one core for the optimizer
   * @param object seconds a byte at each end to write or read a result of a task in Spark's form
   * @param job seconds on the driver for a Spark job
   * @param launch seconds on the driver for a task of it
   */
  record Costs(
      double pack,
      double unpack,
      double add,
      double message,
      double wake,
      double step,
      double update,
      double object,
      double job,
      double launch) {
    static final Costs NONE = new Costs(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  /** A process. */
  final class Node {
    private final Server cores;
    final Link link;

    /** Answers what others ask for. */
    final Server sender = time.new Server(1);

    /** Handles messages one at a time. */
    final Server endpoint = time.new Server(1);

    /** Sums. */
    final Server adder = time.new Server(1);

    private final Server network = time.new Server(NETWORK_THREADS);

    private Node(Server cores) {
      this.cores = cores;
      double chunk = Math.max(LEAST_CHUNK, setup.bytes() / MOST_CHUNKS);
      this.link = new Link(time, setup.bandwidth(), delay(), chunk);
    }

    /** Work of a thread, which needs a core for it. */
    void work(Server thread, double seconds, Runnable then) {
      thread.take(
          () ->
              cores.use(
                  seconds,
                  () -> {
                    thread.give();
                    then.run();
                  }));
    }
  }

  Cluster(Setup setup, Costs costs) {
    this.setup = setup;
    this.costs = costs;
    Server here = time.new Server(setup.cores());
    this.driver = new Node(here);
    for (int i = 0; i < setup.executors(); i++) {
      // Tasks compute on cores of their own, beside those that serve the network.
      executors.add(new Node(setup.oneMachine() ? here : time.new Server(4 + setup.tasks())));
    }
  }

  Server thread() {
    return time.new Server(1);
  }

  /** Sends numbers: packed by a thread of the sender, unpacked by the receiver's network. */
  void send(Node from, Server packer, Node to, double bytes, Runnable then) {
    if (from == to) {
      time.after(0, then);
      return;
    }
    from.work(
        packer,
        costs.message() + bytes * costs.pack(),
        () ->
            from.link.send(
                to.link,
                bytes,
                () ->
                    to.work(
                        to.network,
                        bytes * costs.unpack(),
                        () -> to.work(to.endpoint, costs.message(), then))));
  }

  /** A message without numbers, which does not wait behind those that have some. */
  void tell(Node from, Node to, Runnable then) {
    if (from == to) {
      time.after(0, then);
    } else {
      time.after(delay(), () -> to.work(to.endpoint, costs.message(), then));
    }
  }

  /** Seconds until the receiver looks at a message that nothing is in the way of. */
  private double delay() {
    return setup.latency() + costs.wake();
  }
}
