package io.kindling.replica;

import io.kindling.conf.ConfigException;
import io.kindling.conf.EngineConfig;
import io.kindling.conf.TrainConfig;
import io.kindling.core.RandomStream;
import io.kindling.device.Scope;
import io.kindling.nn.Module;
import io.kindling.tensor.Generator;
import io.kindling.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;

/**
 * All that executors need to know of a run and that does not change: it travels once.
 *
 * @param model makes the network
 * @param initSeed of the first values of parameters
 * @param seed of what is drawn in training, such as dropout
 * @param loss what is minimised
 * @param classes labels lie in [0, classes)
 * @param inputs from stored bytes to what the model takes
 * @param engine where to compute
 */
public record ReplicaSpec(
    ModelFactory model,
    long initSeed,
    long seed,
    TrainConfig.Loss loss,
    int classes,
    Inputs inputs,
    EngineConfig engine)
    implements Serializable {
  private static final long INIT = RandomStream.tag("init");

  /** For a broadcast under any serializer: model factories are only known to Java's. */
  public byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(this);
    } catch (IOException e) {
      throw new ConfigException(
          "model",
          "the model's factory cannot be sent to executors: "
              + e
              + "; what a lambda uses from around it must be serializable");
    }
    return bytes.toByteArray();
  }

  /** Reads what {@link #toBytes} gave, with the classes of this thread's job. */
  static ReplicaSpec fromBytes(byte[] bytes) {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    return (ReplicaSpec) JavaForm.read(bytes, loader);
  }

  /** The model with its first values, the same in every process. */
  public Module buildModel() {
    return buildModel(model, initSeed);
  }

  /** A model with the first values that this seed gives. */
  public static Module buildModel(ModelFactory model, long initSeed) {
    try (Scope lasting = Scope.none();
        Generator.Guard random = Generator.use(RandomStream.of(initSeed, INIT))) {
      return model.create();
    }
  }

  /**
   * Whether a model's output can be scored.
   *
   * @throws io.kindling.core.ShapeException unless it is [examples, classes]
   */
  public void checkOutput(Tensor output, int examples) {
    new LossSum(loss, classes).checkShape(output, examples);
  }
}
