package io.kindling.jobs;

import java.time.Duration;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerApplicationEnd;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;

/**
 * Looks after what Spark itself leaves waiting: a command whose application ended, and tasks that
 * no executor comes for.
 */
final class Watch extends SparkListener implements AutoCloseable {
  /** For the command to end by itself, and to write down why, before it is interrupted. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final SparkContext spark;
  private final Thread command = Thread.currentThread();
  private final Duration grace;
  private volatile boolean hadExecutors;
  private boolean working = true;

  private Watch(SparkContext spark, Duration grace) {
    this.spark = spark;
    this.grace = grace;
  }

  /**
   * Watches over the command of this thread.
   *
   * @param patience how long a cluster may give no executor at all
   */
  static Watch over(SparkContext spark, Duration patience) {
    return over(spark, patience, GRACE);
  }

  static Watch over(SparkContext spark, Duration patience, Duration grace) {
    Watch watch = new Watch(spark, grace);
    spark.addSparkListener(watch);
    if (!spark.isLocal()) {
      watch.later("kindling-executors", patience, () -> watch.requireExecutors(patience));
    }
    return watch;
  }

  /** A thread that does something every so often while the command is at work. */
  private void later(String name, Duration every, Runnable action) {
    Thread thread =
        new Thread(
            () -> {
              while (pause(every)) {
                action.run();
              }
            },
            name);
    thread.setDaemon(true);
    thread.start();
  }

  /** False once the command is over. */
  private synchronized boolean pause(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    try {
      for (long left = time.toMillis(); working && left > 0; ) {
        wait(left);
        left = (end - System.nanoTime()) / 1_000_000;
      }
    } catch (InterruptedException e) {
      return false;
    }
    return working;
  }

  /**
   * A broadcast to a stopped context waits for a lock that its own thread holds, and so does what
   * then cleans up.
   */
  @Override
  public void onApplicationEnd(SparkListenerApplicationEnd end) {
    later("kindling-ended", grace, this::interrupt);
  }

  private synchronized void interrupt() {
    if (working) {
      command.interrupt();
    }
  }

  @Override
  public void onExecutorAdded(SparkListenerExecutorAdded added) {
    hadExecutors = true;
  }

  private void requireExecutors(Duration patience) {
    if (hadExecutors || spark.statusTracker().getExecutorInfos().length > 1) {
      hadExecutors = true;
      return;
    }
    String reason =
        String.format(
            "because the cluster gave no executor in %d s: all are busy, none is as large as"
                + " spark.executor.memory %s and spark.executor.cores %s ask, or they end at their"
                + " start, as their logs would say",
            patience.toSeconds(),
            spark.getConf().get("spark.executor.memory", "1g"),
            spark.getConf().get("spark.executor.cores", "(the master's default)"));
    for (int job : spark.statusTracker().getActiveJobIds()) {
      spark.cancelJob(job, reason);
    }
  }

  @Override
  public synchronized void close() {
    working = false;
    notifyAll();
    spark.removeSparkListener(this);
    Thread.interrupted(); // What came too late must not meet what follows.
  }
}
