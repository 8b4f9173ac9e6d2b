package io.kindling.bench;

import io.kindling.bench.Cluster.Costs;
import io.kindling.bench.Cluster.Node;
import io.kindling.bench.Cluster.Setup;
import java.util.ArrayList;
import java.util.List;

/**
 * Resident tasks that each own a part of the vector: all send their sums of it to the owner, which
 * adds them and gives the driver the total; the next parameters go from the driver to the owner,
 * and from there to all.
 */
final class SlicedStep extends SimulatedStep {
  /** The part of a step's compute that is the backward pass. */
  private static final double BACKWARD = 2.0 / 3;

  /** Of a slice: {@code ResidentSession}'s. */
  private static final double LEAST_BYTES = 64 << 10;

  private final Design design;
  private final int slices;
  private final double bytes;
  private final int credits;
  private final boolean[] here;
  private final List<List<Runnable>> waiting = new ArrayList<>();
  private final int[] parts;

  /**
   * What may differ.
   *
   * @param pieces slices of an owner at least
   * @param overlap whether a slice is delivered when its gradient is known, else after the backward
   * @param stream whether a slice's step is made, and its parameters go out, when its sum is known,
   *     else after the last slice's
   * @param owners whether owners make the optimizer's step, so that nothing goes by the driver
   */
  record Design(int pieces, boolean overlap, boolean stream, boolean owners) {
    /** One slice an owner, each step after the other. */
    static final Design PLAIN = new Design(1, false, false, false);

    Design inPieces(int count) {
      return new Design(count, overlap, stream, owners);
    }

    Design overlapping() {
      return new Design(pieces, true, stream, owners);
    }

    Design streaming() {
      return new Design(pieces, overlap, true, owners);
    }

    Design atOwners() {
      return new Design(pieces, overlap, stream, true);
    }
  }

  private SlicedStep(Setup setup, Costs costs, Design design) {
    super(setup, costs);
    this.design = design;
    double each = setup.bytes() / ((double) design.pieces() * setup.allTasks());
    double most = Math.min(SLICE_BYTES, Math.max(LEAST_BYTES, each));
    this.slices = (int) Math.ceil(setup.bytes() / most - 1e-9);
    this.bytes = setup.bytes() / slices;
    this.credits = (int) Math.max(CREDITS, CREDITS * SLICE_BYTES / bytes);
    this.here = new boolean[slices];
    this.parts = new int[slices];
    for (int slice = 0; slice < slices; slice++) {
      waiting.add(new ArrayList<>());
    }
  }

  static Outcome of(Setup setup, Costs costs, Design design) {
    SlicedStep step = new SlicedStep(setup, costs, design);
    return step.run(design.stream() ? step.slices * setup.allTasks() : step.slices);
  }

  private Node owner(int slice) {
    return tasks.get(slice % tasks.size()).node;
  }

  /** A task's own slices first, then its neighbours': else all would ask the same owner at once. */
  private int order(Task task, int index) {
    int first = index / tasks.size() * tasks.size();
    return first + (index - first + task.index) % (roundEnd(index) - first);
  }

  /** The end of the slices of which each owner has one. */
  private int roundEnd(int index) {
    return Math.min(slices, (index / tasks.size() + 1) * tasks.size());
  }

  @Override
  void start() {
    cluster.time.after(costs.step(), this::begin);
  }

  /** A streamed step begins where tasks have the parameters, and ends where they have the next. */
  private void begin() {
    if (design.stream()) {
      tasks.forEach(this::computeAndDeliver);
      return;
    }
    for (int slice = 0; design.owners() && slice < slices; slice++) {
      arrived(slice);
    }
    for (Task task : tasks) {
      if (!design.owners()) {
        each(
            0,
            (slices - task.index + tasks.size() - 1) / tasks.size(),
            credits,
            (piece, done) -> give(piece * tasks.size() + task.index, done),
            () -> {});
      }
      fetchAll(task, () -> {}, () -> computeAndDeliver(task));
    }
  }

  private void fetchAll(Task task, Runnable slice, Runnable then) {
    each(
        0,
        slices,
        credits,
        (index, done) ->
            fetch(
                task,
                order(task, index),
                () -> {
                  slice.run();
                  done.run();
                }),
        then);
  }

  private void computeAndDeliver(Task task) {
    if (design.overlap()) {
      double shards = (double) setup.shards() / setup.allTasks();
      double last = task.compute / Math.max(1, shards) * BACKWARD;
      deliver(task, cluster.time.now() + task.compute - last, last);
      compute(task, () -> {});
    } else {
      compute(task, () -> deliver(task, 0, 0));
    }
  }

  /** The driver's parameters of an owner's slice. */
  private void give(int slice, Runnable done) {
    cluster.send(
        driver,
        driver.sender,
        owner(slice),
        bytes,
        () -> {
          arrived(slice);
          done.run();
        });
  }

  private void arrived(int slice) {
    here[slice] = true;
    waiting.get(slice).forEach(Runnable::run);
    waiting.get(slice).clear();
  }

  private void fetch(Task task, int slice, Runnable done) {
    Node from = owner(slice);
    Runnable answer = () -> cluster.send(from, from.sender, task.node, bytes, done);
    cluster.tell(
        task.node,
        from,
        () -> {
          if (here[slice]) {
            answer.run();
          } else {
            waiting.get(slice).add(answer);
          }
        });
  }

  /**
   * Delivers all slices, each when its gradient is known.
   *
   * @param from when gradients begin to be known
   * @param last seconds until all are
   */
  private void deliver(Task task, double from, double last) {
    each(
        0,
        slices,
        credits,
        (index, done) -> {
          int slice = order(task, index);
          double known = from + last * roundEnd(index) / slices;
          cluster.time.after(
              Math.max(0, known - cluster.time.now()),
              () ->
                  cluster.send(
                      task.node,
                      design.overlap() ? task.node.sender : task.thread,
                      owner(slice),
                      bytes,
                      () -> took(task, slice, done)));
        },
        design.stream() ? () -> fetchAll(task, this::summed, () -> {}) : () -> {});
  }

  private void took(Task task, int slice, Runnable done) {
    Node owner = owner(slice);
    owner.work(
        owner.adder,
        bytes * costs.add(),
        () -> {
          cluster.tell(owner, task.node, done);
          if (++parts[slice] == tasks.size()) {
            total(slice);
          }
        });
  }

  private void total(int slice) {
    Node owner = owner(slice);
    double update = bytes / Float.BYTES * costs.update();
    if (design.owners()) {
      owner.work(owner.adder, update, () -> stepped(slice));
    } else {
      cluster.send(
          owner,
          owner.adder,
          driver,
          bytes,
          () -> add(slice, 0, bytes, () -> stepped(slice)));
    }
  }

  @Override
  double update() {
    return design.stream() || design.owners() ? 0 : super.update(); // made slice by slice
  }

  /** The slice's sum is where its step is made. */
  private void stepped(int slice) {
    if (!design.stream()) {
      summed();
    } else if (design.owners()) {
      arrived(slice);
    } else {
      double update = bytes / Float.BYTES * costs.update();
      driver.work(driver.adder, update, () -> give(slice, () -> {}));
    }
  }
}
