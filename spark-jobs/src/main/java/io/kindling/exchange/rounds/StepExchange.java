package io.kindling.exchange.rounds;

import io.kindling.exchange.rounds.Work.Owners;
import io.kindling.reduce.ShardResult;
import io.kindling.reduce.TreeSum;
import io.kindling.replica.StepParameters;
import io.kindling.replica.TaskOrigin;
import io.kindling.replica.TaskTimes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the driver and the resident tasks of a session meet. Tasks ask for work and deliver sums,
 * from any thread and without waiting; the driver's thread alone takes these up, in {@link #await},
 * so that there is nothing to lock.
 *
 * <p>A round is one step. It is over when every shard's result is there, whoever sent it: a task
 * that was lost is replaced by another, which asks for work after no round and is given the open
 * one; what comes twice is dropped. Vectors may come in slices, each of which is summed by itself:
 * the sum is element by element, so that cutting it changes no bit.
 *
 * <p>In a sliced exchange the tasks add the slices, each its own, and deliver totals. A round then
 * begins when all are here, and begins anew, with another number, when one is lost that owns a
 * slice: the same values give the same bits again.
 */
public final class StepExchange {
  private final int partitions;
  private final int sliceLength;
  private final Consumer<TaskOrigin> check;
  private final boolean sliced;
  private final BlockingQueue<Event> inbox = new LinkedBlockingQueue<>();
  private volatile boolean ended;

  // Of the driver's thread.
  private final Map<Long, Asked> waiting = new HashMap<>();
  private final Map<Integer, Asked> present = new TreeMap<>();
  private final Set<Long> gone = new HashSet<>();
  private final Set<Long> owning = new HashSet<>();
  private int shards = 1;
  private Work open = new Work(-1, 0, 0, null, null);
  private @Nullable Owners owners;
  private TreeSum[] sums = {};
  private @Nullable Delivered last;
  private @Nullable Apart apart;

  private sealed interface Event permits Asked, Delivered, Apart, Lost, Failed {}

  private record Asked(TaskOrigin task, long after, String address, Consumer<Work> answer)
      implements Event {}

  private record Delivered(
      TaskOrigin task,
      long round,
      int slice,
      Supplier<TreeSum> sum,
      @Nullable TaskTimes times,
      Runnable taken)
      implements Event {}

  private record Apart(TaskOrigin task, long round, String what, long nanos) implements Event {}

  private record Lost(long attempt) implements Event {}

  private record Failed(Throwable cause) implements Event {}

  /** Tasks did not come, so that no step can be made with them all at once. */
  public static final class NotAllPresent extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotAllPresent(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * An exchange for one session.
   *
   * @param partitions how many tasks there are
   * @param sliceLength the most numbers that one delivery holds
   * @param check throws for a task whose results cannot be used
   * @param sliced whether the tasks add the slices
   */
  public StepExchange(int partitions, int sliceLength, Consumer<TaskOrigin> check, boolean sliced) {
    this.sliced = sliced;
    this.partitions = partitions;
    this.sliceLength = sliceLength;
    this.check = check;
  }

  /**
   * A task waits for the first work after a round; it is answered once, on any thread.
   *
   * @param address where other tasks reach it; empty where they need not
   */
  public void ask(TaskOrigin task, long after, String address, Consumer<Work> answer) {
    synchronized (inbox) {
      if (!ended) {
        inbox.add(new Asked(task, after, address, answer));
        return;
      }
    }
    answer.accept(Work.END);
  }

  /**
   * A task hands over a slice of its sums.
   *
   * @param sum called on the driver's thread
   * @param times with the last slice, else null
   * @param taken run when the next may be sent
   */
  public void deliver(
      TaskOrigin task,
      long round,
      int slice,
      Supplier<TreeSum> sum,
      @Nullable TaskTimes times,
      Runnable taken) {
    synchronized (inbox) {
      if (!ended) {
        inbox.add(new Delivered(task, round, slice, sum, times, taken));
        return;
      }
    }
    taken.run();
  }

  /**
   * A task does not reach the owner of a slice. It may be that this was lost, of which Spark tells
   * later.
   */
  public void apart(TaskOrigin task, long round, String what) {
    inbox.add(new Apart(task, round, what, System.nanoTime()));
  }

  /** A task has failed or its executor was lost; Spark may start another for the partition. */
  public void lost(long attempt) {
    inbox.add(new Lost(attempt));
  }

  /** The session cannot go on. */
  public void fail(Throwable cause) {
    inbox.add(new Failed(cause));
  }

  /**
   * Opens the next round and answers those who wait for it.
   *
   * @param ofShards of the whole tree
   */
  public void publish(int epoch, long step, StepParameters values, int ofShards) {
    shards = ofShards;
    open(epoch, step, values);
  }

  private void open(int epoch, long step, @Nullable StepParameters values) {
    open = new Work(open.round() + 1, epoch, step, values, null);
    long length = values == null ? 0 : values.parameters().length + (long) values.buffers().length;
    sums = new TreeSum[Math.max(1, (int) ((length + sliceLength - 1) / sliceLength))];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = new TreeSum(shards);
    }
    last = null;
    apart = null;
    owning.clear();
    answer();
  }

  private void answer() {
    if (sliced && owning.isEmpty()) {
      if (present.size() < partitions) {
        return;
      }
      present.values().forEach(asked -> owning.add(asked.task().attempt()));
      List<String> addresses = present.values().stream().map(Asked::address).toList();
      if (owners == null || !owners.addresses().equals(addresses)) {
        owners = new Owners(open.round(), addresses);
      }
      open = new Work(open.round(), open.epoch(), open.step(), open.values(), owners);
    }
    for (Asked asked : List.copyOf(waiting.values())) {
      if (asked.after() < open.round()) {
        waiting.remove(asked.task().attempt());
        asked.answer().accept(open);
      }
    }
  }

  /**
   * Waits until the open round is over.
   *
   * @param silence how long nothing may come while all tasks are there
   * @param slots how long nothing may come while some are not
   * @throws NotAllPresent after {@code slots}
   * @throws ClusterException after {@code silence}
   * @throws PeersApartException {@code slots} after a task did not reach another that still lives
   */
  public ShardResult await(Duration silence, Duration slots) {
    while (!isOver()) {
      boolean all = present.size() == partitions;
      Duration most = all || slots.compareTo(silence) > 0 ? silence : slots;
      Apart unreached = apart;
      if (unreached != null) {
        most = slots.minusNanos(System.nanoTime() - unreached.nanos());
      }
      Event event = most.isNegative() ? null : Waiting.poll(inbox, most);
      if (event != null) {
        take(event);
      } else if (unreached != null) {
        throw new PeersApartException(unreached.task() + " does not reach " + unreached.what());
      } else {
        throw all ? new ClusterException(stuck(silence)) : new NotAllPresent(absent(slots));
      }
    }
    return total();
  }

  private void take(Event event) {
    if (event instanceof Asked asked) {
      check.accept(asked.task());
      if (gone.contains(asked.task().attempt())) {
        return; // It asked before it was lost.
      }
      present.put(asked.task().partition(), asked);
      waiting.put(asked.task().attempt(), asked);
      answer();
    } else if (event instanceof Delivered delivered) {
      check.accept(delivered.task());
      if (delivered.round() == open.round()) {
        sums[delivered.slice()].merge(delivered.sum().get());
        last = delivered.times() == null ? last : delivered;
      }
      delivered.taken().run();
    } else if (event instanceof Apart unreached) {
      apart = apart == null && unreached.round() == open.round() ? unreached : apart;
    } else if (event instanceof Lost lost) {
      lose(lost.attempt());
    } else if (event instanceof Failed failed) {
      throw Waiting.sneaky(failed.cause());
    }
  }

  private void lose(long attempt) {
    gone.add(attempt);
    waiting.remove(attempt);
    present.values().removeIf(asked -> asked.task().attempt() == attempt);
    // Another attempt at its partition may be there.
    waiting.values().forEach(asked -> present.putIfAbsent(asked.task().partition(), asked));
    if (owning.contains(attempt)) {
      open(open.epoch(), open.step(), open.values());
    }
  }

  private boolean isOver() {
    for (TreeSum sum : sums) {
      if (!sum.isComplete()) {
        return false;
      }
    }
    return true;
  }

  private ShardResult total() {
    List<ShardResult> slices = new ArrayList<>();
    for (TreeSum sum : sums) {
      slices.add(sum.total());
    }
    return ShardResult.join(slices);
  }

  /** Where the time of the task went that ended the round; null if nothing was delivered. */
  public @Nullable TaskTimes lastTimes() {
    return last == null ? null : last.times();
  }

  /** Answers everybody, now and from now on, that there is nothing more to do. */
  public void end() {
    List<Event> left = new ArrayList<>();
    synchronized (inbox) {
      ended = true;
      inbox.drainTo(left);
    }
    left.addAll(waiting.values());
    waiting.clear();
    for (Event event : left) {
      if (event instanceof Asked asked) {
        asked.answer().accept(Work.END);
      } else if (event instanceof Delivered delivered) {
        delivered.taken().run();
      }
    }
  }

  private String stuck(Duration silence) {
    return String.format(
        "step %d of epoch %d: shards %s are missing, and no task has sent anything in the last %d"
            + " seconds (train.step_timeout); look at the executors' logs, or raise it if a step"
            + " takes that long",
        open.step() + 1, open.epoch() + 1, sums[0].missing(), silence.toSeconds());
  }

  private String absent(Duration slots) {
    List<Integer> absent = new ArrayList<>();
    for (int p = 0; p < partitions; p++) {
      if (!present.containsKey(p)) {
        absent.add(p);
      }
    }
    return String.format(
        "partitions %s of %d had no task in %d seconds", absent, partitions, slots.toSeconds());
  }
}
