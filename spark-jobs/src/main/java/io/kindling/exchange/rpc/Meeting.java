package io.kindling.exchange.rpc;

import io.kindling.exchange.rounds.DirectLine;
import io.kindling.exchange.rounds.Line;
import io.kindling.exchange.rounds.StepExchange;
import java.io.Serializable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How a task finds its session's exchange: in its own process, else over Spark's network layer.
 *
 * @param name of the session, unlike every other
 * @param sliceLength the most numbers that one message holds
 */
public record Meeting(String name, int sliceLength) implements Serializable {
  private static final Map<String, StepExchange> HERE = new ConcurrentHashMap<>();

  /** Makes an exchange known in this process. */
  public void open(StepExchange exchange) {
    HERE.put(name, exchange);
  }

  public void close() {
    HERE.remove(name);
  }

  public Line line() {
    StepExchange here = HERE.get(name);
    return here == null ? new RpcLine(name, sliceLength) : new DirectLine(here);
  }
}
