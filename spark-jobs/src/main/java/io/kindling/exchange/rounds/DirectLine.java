package io.kindling.exchange.rounds;

import io.kindling.reduce.TreeSum;
import io.kindling.replica.TaskOrigin;
import io.kindling.replica.TaskTimes;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** The way to an exchange in the same process: nothing is copied. */
public final class DirectLine implements Line {
  private final StepExchange exchange;
  private final TaskOrigin task;
  private long round = -1;

  public DirectLine(StepExchange exchange, TaskOrigin task) {
    this.exchange = exchange;
    this.task = task;
  }

  @Override
  public Work next() throws InterruptedException {
    CompletableFuture<Work> answer = new CompletableFuture<>();
    exchange.ask(task, round, "", answer::complete);
    try {
      Work work = answer.get(); // Ends with the exchange, which is always ended.
      round = work.round();
      return work;
    } catch (ExecutionException e) {
      throw new IllegalStateException("it is only ever completed", e);
    }
  }

  @Override
  public void deliver(TaskOrigin origin, TreeSum sum, TaskTimes times) {
    times.serialized();
    exchange.deliver(origin, round, 0, () -> sum, times, () -> {});
  }

  @Override
  public void close() {
    // There is nothing to close.
  }
}
