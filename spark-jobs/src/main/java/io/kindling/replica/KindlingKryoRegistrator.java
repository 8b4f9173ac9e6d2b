package io.kindling.replica;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.Serializer;
import io.kindling.device.Fingerprint;
import io.kindling.nn.AvgPool2d;
import io.kindling.nn.BatchNorm1d;
import io.kindling.nn.BatchNorm2d;
import io.kindling.nn.Conv2d;
import io.kindling.nn.CrossEntropyLoss;
import io.kindling.nn.Dropout;
import io.kindling.nn.Flatten;
import io.kindling.nn.Identity;
import io.kindling.nn.LayerNorm;
import io.kindling.nn.LeakyReLU;
import io.kindling.nn.Linear;
import io.kindling.nn.LogSoftmax;
import io.kindling.nn.MSELoss;
import io.kindling.nn.MaxPool2d;
import io.kindling.nn.ModuleList;
import io.kindling.nn.NLLLoss;
import io.kindling.nn.Parameter;
import io.kindling.nn.ReLU;
import io.kindling.nn.Sequential;
import io.kindling.nn.Sigmoid;
import io.kindling.nn.Softmax;
import io.kindling.nn.Tanh;
import io.kindling.optim.Adam;
import io.kindling.optim.SGD;
import io.kindling.reduce.TreeSum;
import io.kindling.reduce.TreeSumSerializer;
import io.kindling.source.PackedShard;
import io.kindling.tensor.Tensor;
import io.kindling.vision.LeNet;
import io.kindling.vision.Mlp;
import io.kindling.vision.TwoLayerNet;
import java.util.List;
import org.apache.spark.serializer.KryoRegistrator;

/**
 * Registers all that Kindling sends through Spark's serializer, so that {@code
 * spark.kryo.registrationRequired=true} can be set: {@code
 * spark.kryo.registrator=io.kindling.replica.KindlingKryoRegistrator}.
 */
public final class KindlingKryoRegistrator implements KryoRegistrator {
  /** Classes that write themselves with Java serialization. */
  private static final List<Class<?>> JAVA_FORM =
      List.of(
          Tensor.class,
          Parameter.class,
          Linear.class,
          Conv2d.class,
          MaxPool2d.class,
          Flatten.class,
          Sequential.class,
          ModuleList.class,
          Identity.class,
          ReLU.class,
          Sigmoid.class,
          Tanh.class,
          Softmax.class,
          LogSoftmax.class,
          Dropout.class,
          MSELoss.class,
          CrossEntropyLoss.class,
          NLLLoss.class,
          Mlp.class,
          LeNet.class,
          TwoLayerNet.class,
          SGD.class,
          Adam.class,
          Fingerprint.class,
          AvgPool2d.class,
          BatchNorm1d.class,
          BatchNorm2d.class,
          LayerNorm.class,
          LeakyReLU.class);

  /** New classes are added at the end: the numbers follow the order. */
  @Override
  public void registerClasses(Kryo kryo) {
    kryo.register(TreeSum.class, new TreeSumSerializer());
    kryo.register(StepParameters.class, new StepParametersSerializer());
    kryo.register(TaskReply.class);
    kryo.register(TaskTimes.class);
    kryo.register(TaskOrigin.class);
    kryo.register(PackedShard.class);
    kryo.register(PackedShard[].class);
    kryo.register(int[].class);
    kryo.register(long[].class);
    kryo.register(float[].class);
    kryo.register(byte[].class);
    Serializer<Object> javaForm = new JavaFormSerializer();
    JAVA_FORM.forEach(type -> kryo.register(type, javaForm));
  }
}
