package io.kindling.bench;

import io.kindling.bench.Cluster.Costs;
import io.kindling.bench.Cluster.Node;
import io.kindling.bench.Cluster.Setup;
import io.kindling.bench.Simulation.Server;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A Spark job: the parameters go out by Spark's broadcast, whose blocks executors take from whoever
 * has them, tasks are launched, and the driver fetches and adds their results.
 */
final class JobStep extends SimulatedStep {
  /** Threads of the driver that fetch results: {@code spark.resultGetter.threads}. */
  private static final int GETTERS = 4;

  private final Random random = new Random(setup.seed());
  private final List<List<Node>> holders = new ArrayList<>();
  private final Map<Node, List<Task>> launched = new HashMap<>();
  private final Map<Node, Boolean> ready = new HashMap<>();
  private final Server getters = cluster.time.new Server(GETTERS);

  private JobStep(Setup setup, Costs costs) {
    super(setup, costs);
    for (int block = 0; block < slices(); block++) {
      holders.add(new ArrayList<>(List.of(driver)));
    }
  }

  static Outcome of(Setup setup, Costs costs) {
    return new JobStep(setup, costs).run(setup.allTasks());
  }

  @Override
  void start() {
    double job = setup.bytes() * costs.object() + costs.job();
    driver.work(driver.adder, job, () -> tasks.forEach(this::launch));
  }

  private void launch(Task task) {
    driver.work(
        driver.endpoint,
        costs.launch(),
        () ->
            cluster.tell(
                driver,
                task.node,
                () -> {
                  if (ready.getOrDefault(task.node, false)) {
                    begin(task);
                    return;
                  }
                  List<Task> before = launched.get(task.node);
                  if (before == null) {
                    launched.put(task.node, new ArrayList<>(List.of(task)));
                    fetch(task.node);
                  } else {
                    before.add(task);
                  }
                }));
  }

  /** A process takes the blocks one after another, in an order of its own. */
  private void fetch(Node node) {
    List<Integer> blocks = new ArrayList<>();
    for (int block = 0; block < slices(); block++) {
      blocks.add(block);
    }
    Collections.shuffle(blocks, random);
    each(
        0,
        slices(),
        1,
        (index, done) -> {
          List<Node> have = holders.get(blocks.get(index));
          cluster.tell(
              node,
              driver,
              () -> {
                Node from = have.get(random.nextInt(have.size()));
                cluster.send(
                    from,
                    from.sender,
                    node,
                    setup.bytes() / slices(),
                    () -> {
                      have.add(node);
                      done.run();
                    });
              });
        },
        () -> {
          ready.put(node, true);
          launched.get(node).forEach(this::begin);
        });
  }

  private void begin(Task task) {
    double object = setup.bytes() * costs.object();
    task.node.work(
        task.thread,
        object,
        () -> compute(task, () -> task.node.work(task.thread, object, () -> result(task))));
  }

  private void result(Task task) {
    double bytes = setup.bytes();
    cluster.tell(
        task.node,
        driver,
        () ->
            getters.take(
                () ->
                    task.node.link.send(
                        driver.link,
                        bytes,
                        () -> {
                          getters.give();
                          driver.work(
                              cluster.thread(),
                              bytes * costs.object(),
                              () -> add(0, task.index, bytes, this::summed));
                        })));
  }
}
