package io.kindling.exchange.rounds;

import io.kindling.reduce.TreeSum;
import io.kindling.replica.TaskOrigin;
import io.kindling.replica.TaskTimes;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** The way to an exchange in the same process: nothing is copied. */
public final class DirectLine implements Line {
  private final StepExchange exchange;

  public DirectLine(StepExchange exchange) {
    this.exchange = exchange;
  }

  @Override
  public Work next(TaskOrigin task, long after) throws InterruptedException {
    CompletableFuture<Work> work = new CompletableFuture<>();
    exchange.ask(task, after, work::complete);
    try {
      return work.get(); // Ends with the exchange, which is always ended.
    } catch (ExecutionException e) {
      throw new IllegalStateException("it is only ever completed", e);
    }
  }

  @Override
  public void deliver(TaskOrigin task, long round, TreeSum sum, TaskTimes times) {
    times.serialized();
    exchange.deliver(task, round, 0, () -> sum, times, () -> {});
  }

  @Override
  public void close() {
    // There is nothing to close.
  }
}
