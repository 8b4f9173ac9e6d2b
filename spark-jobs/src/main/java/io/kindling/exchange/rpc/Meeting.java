package io.kindling.exchange.rpc;

import io.kindling.exchange.rounds.DirectLine;
import io.kindling.exchange.rounds.Line;
import io.kindling.exchange.rounds.StepExchange;
import io.kindling.replica.TaskOrigin;
import java.io.Serializable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How a task finds its session's exchange: in its own process, else over Spark's network layer.
 *
 * @param name of the session, unlike every other
 * @param sliceLength the most numbers that one message holds
 * @param sliced whether the tasks add the slices, each its own
 */
public record Meeting(String name, int sliceLength, boolean sliced) implements Serializable {
  private static final Map<String, StepExchange> HERE = new ConcurrentHashMap<>();

  /** Makes an exchange known in this process. */
  public void open(StepExchange exchange) {
    HERE.put(name, exchange);
  }

  public void close() {
    HERE.remove(name);
  }

  /** How many slices so many numbers have. */
  int slices(long length) {
    return (int) Math.max(1, (length + sliceLength - 1) / sliceLength);
  }

  /**
   * A task's way to the exchange.
   *
   * @param shards of the whole tree
   */
  public Line line(TaskOrigin task, int shards) {
    StepExchange here = HERE.get(name);
    return here == null ? new RpcLine(this, task, shards) : new DirectLine(here, task);
  }
}
