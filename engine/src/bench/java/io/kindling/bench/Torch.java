package io.kindling.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.FlattenImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.MaxPool2dImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.ReLUImpl;
import org.bytedeco.pytorch.ReLUOptions;
import org.bytedeco.pytorch.SequentialImpl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * libtorch with as few calls from Java as there can be: one for the whole network (a C++ {@code
 * Sequential}), one each for the loss, its backward pass and the update.
 */
final class Torch implements Contender {
  /**
   * How libtorch is used; the fastest of all is the one to beat.
   *
   * @param channelsLast activations and weights in NHWC
   * @param inPlace ReLU overwrites its input
   * @param fused the optimizer as one call over all parameters, as {@code fused=True} in Python
   */
  record Variant(boolean channelsLast, boolean inPlace, boolean fused) {
    @Override
    public String toString() {
      return (channelsLast ? "channels_last" : "contiguous")
          + (inPlace ? ", in-place ReLU" : "")
          + (fused ? ", fused optimizer" : ", C++ optimizer");
    }
  }

  private final Variant variant;
  private final List<Module> layers = new ArrayList<>();
  private final SequentialImpl model;
  private final TensorVector parameters;
  private final Tensor[] first;
  private final Tensor[] inputs = new Tensor[Task.BATCHES];
  private final Tensor[] labels = new Tensor[Task.BATCHES];
  private final TorchOptimizer optimizer;

  Torch(Task task, Variant variant) {
    this.variant = variant;
    this.model = task.network() == Task.Network.MLP ? mlp() : leNet();
    this.parameters = model.parameters();
    this.first = new Tensor[(int) parameters.size()];
    try (NoGradGuard values = new NoGradGuard()) {
      load(task.weights());
      for (int i = 0; i < Task.BATCHES; i++) {
        inputs[i] = laidOut(AbstractTensor.create(task.inputs(i), task.shape()));
        labels[i] = AbstractTensor.create(task.labels(i), task.batch());
      }
    }
    this.optimizer = TorchOptimizer.of(parameters, task.adam(), variant.fused());
  }

  private SequentialImpl mlp() {
    SequentialImpl net = new SequentialImpl();
    net.push_back(kept(new LinearImpl(784, 512)));
    net.push_back(relu());
    net.push_back(kept(new LinearImpl(512, 512)));
    net.push_back(relu());
    net.push_back(kept(new LinearImpl(512, Task.CLASSES)));
    return net;
  }

  private SequentialImpl leNet() {
    Conv2dOptions padded = new Conv2dOptions(1, 6, new LongPointer(5, 5));
    padded.padding().put(new LongPointer(2, 2));
    SequentialImpl net = new SequentialImpl();
    net.push_back(kept(new Conv2dImpl(padded)));
    net.push_back(relu());
    net.push_back(kept(new MaxPool2dImpl(new LongPointer(2, 2))));
    net.push_back(kept(new Conv2dImpl(6, 16, new LongPointer(5, 5))));
    net.push_back(relu());
    net.push_back(kept(new MaxPool2dImpl(new LongPointer(2, 2))));
    net.push_back(kept(new FlattenImpl()));
    net.push_back(kept(new LinearImpl(400, 120)));
    net.push_back(relu());
    net.push_back(kept(new LinearImpl(120, 84)));
    net.push_back(relu());
    net.push_back(kept(new LinearImpl(84, Task.CLASSES)));
    return net;
  }

  private ReLUImpl relu() {
    return kept(new ReLUImpl(new ReLUOptions(variant.inPlace())));
  }

  /** The network does not keep its layers' memory from being freed with their Java objects. */
  private <T extends Module> T kept(T layer) {
    layers.add(layer);
    return layer;
  }

  private void load(float[] weights) {
    int at = 0;
    for (int i = 0; i < first.length; i++) {
      Tensor p = parameters.get(i);
      int n = (int) p.numel();
      float[] values = Arrays.copyOfRange(weights, at, at + n);
      first[i] = laidOut(AbstractTensor.create(values, p.shape()));
      p.set_data(first[i].clone());
      at += n;
    }
    if (at != weights.length) {
      throw new IllegalStateException("the networks differ: " + at + " and " + weights.length);
    }
  }

  private Tensor laidOut(Tensor x) {
    return variant.channelsLast() && x.ndimension() == 4
        ? x.contiguous(torch.MemoryFormat.ChannelsLast)
        : x;
  }

  Variant variant() {
    return variant;
  }

  @Override
  public void reset() {
    try (NoGradGuard values = new NoGradGuard();
        PointerScope scope = new PointerScope()) {
      for (int i = 0; i < first.length; i++) {
        parameters.get(i).copy_(first[i]);
      }
    }
  }

  @Override
  public double train(int steps) {
    double last = Double.NaN;
    for (int i = 0; i < steps; i++) {
      try (PointerScope step = new PointerScope()) {
        optimizer.zeroGrad();
        Tensor output = model.forward(inputs[i % Task.BATCHES]);
        Tensor loss = torch.cross_entropy(output, labels[i % Task.BATCHES]);
        loss.backward();
        optimizer.step();
        if (i == steps - 1) {
          last = loss.item_float();
        }
      }
    }
    return last;
  }
}
