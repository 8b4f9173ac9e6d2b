package io.kindling.exchange;

import io.kindling.core.DeviceException;
import io.kindling.core.KindlingException;
import io.kindling.core.MemoryException;
import io.kindling.replica.OtherKernels;
import java.util.HashSet;
import java.util.Properties;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkException;
import org.apache.spark.Success$;
import org.apache.spark.TaskKilled;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.TaskInfo;

/**
 * Tells of failed tasks while Spark is still trying them again. An error that the next attempt
 * would meet too (bad data, a model that does not fit) need not be tried four times.
 */
final class TaskFailures extends SparkListener implements AutoCloseable {
  private final SparkContext spark;
  private final String group;
  private final Kernels kernels;
  private final LongConsumer lost;
  private final Consumer<Throwable> hopeless;
  private final Set<Integer> stages = new HashSet<>();

  /**
   * Listens until it is closed.
   *
   * @param group of the jobs whose tasks are meant
   * @param kernels take out executors whose tasks left
   * @param lost takes the number of a task attempt that failed for whatever reason
   * @param hopeless takes the error of a task that would fail again
   */
  TaskFailures(
      SparkContext spark,
      String group,
      Kernels kernels,
      LongConsumer lost,
      Consumer<Throwable> hopeless) {
    this.spark = spark;
    this.group = group;
    this.kernels = kernels;
    this.lost = lost;
    this.hopeless = hopeless;
    spark.addSparkListener(this);
  }

  @Override
  public void onStageSubmitted(SparkListenerStageSubmitted event) {
    Properties properties = event.properties();
    if (properties != null && group.equals(properties.getProperty(TaskJob.GROUP))) {
      stages.add(event.stageInfo().stageId());
    }
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd event) {
    if (!stages.contains(event.stageId()) || event.reason() == Success$.MODULE$) {
      return;
    }
    lost.accept(event.taskInfo().taskId());
    if (event.reason() instanceof ExceptionFailure failure && failure.exception().isDefined()) {
      Throwable error = failure.exception().get();
      if (isHopeless(error)) {
        hopeless.accept(placed(event, failure, error));
      }
    } else if (event.reason() instanceof TaskKilled killed
        && OtherKernels.isReason(killed.reason())) {
      DeviceException none = kernels.exclude(spark, event.taskInfo().executorId(), killed.reason());
      if (none != null) {
        hopeless.accept(none);
      }
    }
  }

  /** As Spark tells it after the last attempt, with the place in its words. */
  private static SparkException placed(
      SparkListenerTaskEnd event, ExceptionFailure failure, Throwable error) {
    TaskInfo task = event.taskInfo();
    return new SparkException(
        String.format(
            "Lost task %s in stage %d.%d (TID %d) (%s executor %s): %s: %s",
            task.id(),
            event.stageId(),
            event.stageAttemptId(),
            task.taskId(),
            task.host(),
            task.executorId(),
            failure.className(),
            failure.description()),
        error);
  }

  /** Whether what a task threw depends on the run alone, not on where and when the task ran. */
  static boolean isHopeless(Throwable error) {
    for (Throwable link = error; link != null; link = link.getCause()) {
      if (link instanceof KindlingException) {
        return !(link instanceof DeviceException || link instanceof MemoryException);
      }
    }
    return false;
  }

  @Override
  public void close() {
    spark.removeSparkListener(this);
  }
}
