package io.kindling.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import org.apache.spark.SecurityManager;
import org.apache.spark.SparkConf;
import org.apache.spark.rpc.RpcAddress;
import org.apache.spark.rpc.RpcCallContext;
import org.apache.spark.rpc.RpcEndpointRef;
import org.apache.spark.rpc.RpcEnv;
import org.apache.spark.rpc.ThreadSafeRpcEndpoint;
import scala.PartialFunction;
import scala.concurrent.ExecutionContext;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractPartialFunction;
import scala.runtime.BoxedUnit;
import scala.util.Try;

/**
 * What a message of Spark's network layer costs: processor time of both ends together, which other
 * work on the machine hardly changes, and the time from a question to its answer.
 */
public final class RpcCostBench {
  private static final String NAME = "bench";

  private RpcCostBench() {}

  /** Answers a question with nothing. */
  private record Sink(RpcEnv rpcEnv) implements ThreadSafeRpcEndpoint {
    @Override
    public PartialFunction<Object, BoxedUnit> receiveAndReply(RpcCallContext caller) {
      return new AbstractPartialFunction<>() {
        @Override
        public boolean isDefinedAt(Object message) {
          return true;
        }

        @Override
        public BoxedUnit apply(Object message) {
          caller.reply(Boolean.TRUE);
          return BoxedUnit.UNIT;
        }
      };
    }
  }

  /** Measures messages of several sizes. */
  public static void main(String[] args) throws InterruptedException {
    SparkConf conf = new SparkConf();
    RpcEnv server = environment("server", conf, false);
    RpcEnv client = environment("client", conf, true);
    server.setupEndpoint(NAME, new Sink(server));
    RpcAddress address = server.address();
    RpcEndpointRef reference = client.setupEndpointRef(address, NAME);
    System.out.println(
        "| bytes | under way | processor microseconds | nanoseconds a byte | microseconds |\n"
            + "|---|---|---|---|---|");
    double none = 0;
    for (int bytes : new int[] {0, 1 << 10, 1 << 16, 200_000, 1 << 20, 4 << 20}) {
      for (int underWay : new int[] {1, 4, 64}) {
        int count = Math.max(60, Math.min(20_000, 400_000_000 / (bytes + 20_000)));
        asked(reference, bytes, count, underWay);
        double[] micros = asked(reference, bytes, count, underWay);
        none = bytes == 0 ? micros[0] : none;
        System.out.printf(
            Locale.ROOT,
            "| %,d | %d | %.1f | %.3f | %.1f |%n",
            bytes,
            underWay,
            micros[0],
            bytes == 0 ? 0 : (micros[0] - none) * 1000 / bytes,
            micros[1]);
      }
    }
    client.shutdown();
    server.shutdown();
  }

  private static RpcEnv environment(String name, SparkConf conf, boolean client) {
    return RpcEnv.create(
        name,
        "127.0.0.1",
        0,
        conf,
        new SecurityManager(
            conf,
            SecurityManager.$lessinit$greater$default$2(),
            SecurityManager.$lessinit$greater$default$3()),
        client);
  }

  /** Microseconds a question: of the processor, and from one to the next. */
  private static double[] asked(RpcEndpointRef to, int bytes, int count, int underWay)
      throws InterruptedException {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    Semaphore credits = new Semaphore(underWay);
    long start = System.nanoTime();
    long cpu = system.getProcessCpuTime();
    for (int i = 0; i < count; i++) {
      credits.acquire();
      to.ask(new byte[bytes], ClassTag$.MODULE$.<Object>apply(Object.class))
          .onComplete(new Release(credits), ExecutionContext.parasitic$.MODULE$);
    }
    credits.acquire(underWay);
    return new double[] {
      (system.getProcessCpuTime() - cpu) / 1e3 / count, (System.nanoTime() - start) / 1e3 / count
    };
  }

  private static final class Release extends AbstractFunction1<Try<Object>, BoxedUnit> {
    private final Semaphore credits;

    Release(Semaphore credits) {
      this.credits = credits;
    }

    @Override
    public BoxedUnit apply(Try<Object> answer) {
      answer.get();
      credits.release();
      return BoxedUnit.UNIT;
    }
  }
}
