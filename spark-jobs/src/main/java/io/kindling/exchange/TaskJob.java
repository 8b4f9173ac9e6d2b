package io.kindling.exchange;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.spark.SimpleFutureAction;
import org.apache.spark.SparkContext;
import org.apache.spark.rdd.RDD;
import org.jspecify.annotations.Nullable;
import scala.Function1;
import scala.collection.Iterator;
import scala.concurrent.ExecutionContext;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction0;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;
import scala.util.Try;

/**
 * A Spark job that runs beside the driver's thread. What happens to it is told on Spark's threads,
 * which are not to be kept: the listeners only note it.
 */
final class TaskJob implements AutoCloseable {
  static final String GROUP = "spark.jobGroup.id";
  private static final String DESCRIPTION = "spark.job.description";
  private static final String INTERRUPT = "spark.job.interruptOnCancel";
  private static final String CALL_SITE = "callSite.short";

  private final SimpleFutureAction<BoxedUnit> action;
  private boolean finished;

  private TaskJob(SimpleFutureAction<BoxedUnit> action) {
    this.action = action;
  }

  /**
   * Starts a task for each of the partitions.
   *
   * @param group of all jobs of a run
   * @param name of the job, in Spark's pages and logs
   * @param each takes a partition's position in {@code partitions} and its result
   * @param end takes null, or why the job failed
   */
  static <S, T> TaskJob submit(
      SparkContext spark,
      RDD<S> rdd,
      List<Object> partitions,
      Function1<Iterator<S>, T> task,
      String group,
      String name,
      BiConsumer<Integer, T> each,
      Consumer<@Nullable Throwable> end) {
    List<String> keys = List.of(GROUP, DESCRIPTION, INTERRUPT, CALL_SITE);
    List<@Nullable String> before =
        keys.stream().<@Nullable String>map(spark::getLocalProperty).toList();
    try {
      set(spark, keys, java.util.Arrays.asList(group, name, "true", name));
      SimpleFutureAction<BoxedUnit> action =
          spark.submitJob(
              rdd,
              task,
              CollectionConverters.asScala(partitions).toSeq(),
              new Each<>(each),
              new Nothing());
      action.onComplete(new End(end), ExecutionContext.parasitic$.MODULE$);
      return new TaskJob(action);
    } finally {
      set(spark, keys, before);
    }
  }

  @SuppressWarnings("NullAway") // null takes a property back
  private static void set(SparkContext spark, List<String> keys, List<@Nullable String> values) {
    for (int i = 0; i < keys.size(); i++) {
      spark.setLocalProperty(keys.get(i), values.get(i));
    }
  }

  /** How many tasks can run at once on what the run has now. */
  static int slots(SparkContext spark) {
    return spark.maxNumConcurrentTasks(spark.resourceProfileManager().defaultResourceProfile());
  }

  /** All its results are there: Spark will say so any moment, and need not be told to stop. */
  void finished() {
    finished = true;
  }

  /** Cancels it unless it is over. */
  @Override
  public void close() {
    if (!finished && !action.isCompleted()) {
      action.cancel();
    }
  }

  private static final class Each<T> extends AbstractFunction2<Object, T, BoxedUnit> {
    private final BiConsumer<Integer, T> to;

    Each(BiConsumer<Integer, T> to) {
      this.to = to;
    }

    @Override
    public BoxedUnit apply(Object index, T result) {
      to.accept((Integer) index, result);
      return BoxedUnit.UNIT;
    }
  }

  private static final class Nothing extends AbstractFunction0<BoxedUnit> {
    @Override
    public BoxedUnit apply() {
      return BoxedUnit.UNIT;
    }
  }

  private static final class End extends AbstractFunction1<Try<BoxedUnit>, BoxedUnit> {
    private final Consumer<@Nullable Throwable> to;

    End(Consumer<@Nullable Throwable> to) {
      this.to = to;
    }

    @Override
    public BoxedUnit apply(Try<BoxedUnit> result) {
      to.accept(result.isFailure() ? result.failed().get() : null);
      return BoxedUnit.UNIT;
    }
  }
}
