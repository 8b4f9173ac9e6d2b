package io.kindling.exchange;

import io.kindling.conf.EngineConfig;
import io.kindling.conf.RunConfig;
import io.kindling.device.cpu.Cpu;
import io.kindling.device.cpu.Isa;
import org.apache.spark.SparkContext;
import org.apache.spark.rdd.RDD;
import scala.collection.Iterator;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;

/**
 * What {@code engine.isa: auto} means on a cluster: the best instruction set that the driver and
 * all executors have which are there when the run begins.
 */
public final class CommonKernels {
  // Long enough that a task on each slot runs at once, and none of them twice.
  private static final long OVERLAP_MILLIS = 100;

  private CommonKernels() {}

  /**
   * The configuration with that set in it, where not all would take it by themselves; else as it
   * is. To be asked before the engine computes anything in this process.
   */
  public static RunConfig resolve(SparkContext spark, RunConfig config) {
    EngineConfig engine = config.engine();
    boolean given = engine.isa() != null || engine.backend() == EngineConfig.Backend.JAVA;
    if (given || spark.isLocal() || Cpu.isChosen()) {
      return config;
    }
    Isa driver = Isa.available();
    Isa common = driver;
    boolean alike = true;
    for (String isa : executors(spark)) {
      alike &= isa.equals(driver.name());
      common = common.common(Isa.valueOf(isa));
    }
    return alike ? config : config.with(engine.with(common));
  }

  private static String[] executors(SparkContext spark) {
    int slots = Math.max(1, TaskJob.slots(spark));
    // A range, which Kryo knows; not an array of ours.
    RDD<Object> each = spark.range(0, slots, 1, slots);
    return (String[]) spark.runJob(each, new Ask(), ClassTag$.MODULE$.<String>apply(String.class));
  }

  private static final class Ask extends AbstractFunction1<Iterator<Object>, String>
      implements java.io.Serializable {
    private static final long serialVersionUID = 1L;

    @Override
    public String apply(Iterator<Object> ignored) {
      try {
        Thread.sleep(OVERLAP_MILLIS);
      } catch (InterruptedException e) {
        throw io.kindling.exchange.rounds.Waiting.sneaky(e);
      }
      return Isa.available().name();
    }
  }
}
