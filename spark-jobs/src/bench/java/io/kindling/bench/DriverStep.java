package io.kindling.bench;

import io.kindling.bench.Cluster.Costs;
import io.kindling.bench.Cluster.Setup;

/**
 * Resident tasks, all of whose sums the driver adds: every task fetches the whole vector from the
 * driver, and delivers its whole sum to it.
 */
final class DriverStep extends SimulatedStep {
  private DriverStep(Setup setup, Costs costs) {
    super(setup, costs);
  }

  static Outcome of(Setup setup, Costs costs) {
    DriverStep step = new DriverStep(setup, costs);
    return step.run(step.slices() * setup.allTasks());
  }

  @Override
  void start() {
    cluster.time.after(costs.step(), this::begin);
  }

  private void begin() {
    for (Task task : tasks) {
      // The answer to the task's question for work brings the first slice.
      reply(
          task,
          () ->
              each(
                  1,
                  slices(),
                  CREDITS,
                  (slice, done) ->
                      cluster.tell(task.node, driver, () -> reply(task, done)),
                  () -> compute(task, () -> deliver(task))));
    }
  }

  private double sliceBytes() {
    return setup.bytes() / slices();
  }

  private void reply(Task task, Runnable then) {
    cluster.send(driver, driver.sender, task.node, sliceBytes(), then);
  }

  private void deliver(Task task) {
    double bytes = sliceBytes();
    each(
        0,
        slices(),
        CREDITS,
        (slice, done) ->
            cluster.send(
                task.node,
                task.thread,
                driver,
                bytes,
                () ->
                    add(
                        slice,
                        task.index,
                        bytes,
                        () -> {
                          summed();
                          cluster.tell(driver, task.node, done);
                        })),
        () -> {});
  }
}
