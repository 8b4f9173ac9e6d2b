package io.kindling.exchange.rpc;

import io.kindling.exchange.rpc.Messages.Head;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcEnv;
import org.apache.spark.rpc.RpcTimeout;
import scala.concurrent.ExecutionContext;
import scala.concurrent.Future;
import scala.concurrent.duration.FiniteDuration;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;
import scala.util.Try;

/** An endpoint that is asked; nothing here waits. */
final class Remote {
  /** Longer than any of the driver's own bounds: it ends a task whose driver is out of reach. */
  private static final RpcTimeout TIMEOUT =
      new RpcTimeout(new FiniteDuration(24, TimeUnit.HOURS), "train.step_timeout");

  private final CompletableFuture<RpcEndpointRef> endpoint;

  /** By an address such as {@code spark://name@host:port}. */
  Remote(RpcEnv from, String address) {
    this.endpoint = future(from.asyncSetupEndpointRefByURI(address));
  }

  <T> CompletableFuture<T> ask(Head head, byte[] body, Class<T> type) {
    byte[][] message = Messages.message(head, body);
    return endpoint.thenCompose(
        to -> future(to.ask(message, TIMEOUT, ClassTag$.MODULE$.<T>apply(type))));
  }

  private static <T> CompletableFuture<T> future(Future<T> answer) {
    CompletableFuture<T> result = new CompletableFuture<>();
    answer.onComplete(new Complete<>(result), ExecutionContext.parasitic$.MODULE$);
    return result;
  }

  private static final class Complete<T> extends AbstractFunction1<Try<T>, BoxedUnit> {
    private final CompletableFuture<T> answer;

    Complete(CompletableFuture<T> answer) {
      this.answer = answer;
    }

    @Override
    public BoxedUnit apply(Try<T> result) {
      if (result.isSuccess()) {
        answer.complete(result.get());
      } else {
        answer.completeExceptionally(result.failed().get());
      }
      return BoxedUnit.UNIT;
    }
  }
}
