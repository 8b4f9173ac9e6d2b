package io.kindling.bench;

import io.kindling.core.RandomStream;
import io.kindling.nn.Module;
import io.kindling.nn.ParameterVector;
import io.kindling.tensor.Tensors;
import io.kindling.vision.LeNet;
import io.kindling.vision.Mlp;

/**
 * What both sides train: a network from given first weights, on given batches.
 *
 * @param network which one
 * @param adam whether Adam (learning rate 0.001) or plain SGD (0.01) updates it
 * @param batch examples a step
 */
record Task(Network network, boolean adam, int batch) {
  static final int CLASSES = 10;
  static final double SGD_RATE = 0.01;
  static final double ADAM_RATE = 0.001;

  /** As many batches as steps between two resets, so that no loss runs down to nothing. */
  static final int BATCHES = 20;

  private static final long SEED = 7;

  enum Network {
    MLP("MLP 784-512-512-10"),
    LENET("LeNet, 1x28x28");

    final String title;

    Network(String title) {
      this.title = title;
    }
  }

  String optimizer() {
    return adam ? "Adam" : "SGD";
  }

  /** The shape of one batch of inputs. */
  long[] shape() {
    return network == Network.MLP ? new long[] {batch, 784} : new long[] {batch, 1, 28, 28};
  }

  /** Kindling's network, always with the same weights. */
  Module model() {
    Tensors.manualSeed(SEED);
    return network == Network.MLP ? new Mlp(784, 512, 512, CLASSES) : new LeNet();
  }

  /** The first weights, in the order of the parameters. */
  float[] weights() {
    Module model = model();
    float[] weights = new float[ParameterVector.size(model)];
    ParameterVector.copyTo(model, weights);
    return weights;
  }

  /** Inputs like grey images: in [0, 1), a fifth of them not zero. */
  float[] inputs(int index) {
    RandomStream random = RandomStream.of(SEED, 1, index);
    float[] values = new float[batch * 784];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.max(0, 5 * random.nextFloat() - 4);
    }
    return values;
  }

  long[] labels(int index) {
    RandomStream random = RandomStream.of(SEED, 2, index);
    long[] labels = new long[batch];
    for (int i = 0; i < batch; i++) {
      labels[i] = random.nextInt(CLASSES);
    }
    return labels;
  }
}
