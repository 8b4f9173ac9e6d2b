package io.kindling.bench;

import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Adam;
import org.bytedeco.pytorch.AdamOptions;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Optimizer;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Type.TypePtr;
import org.bytedeco.pytorch.global.torch;

/** libtorch's optimizers: those of its C++ interface, and the fused operators that Python has. */
abstract class TorchOptimizer {
  private final Optimizer frontend;

  private TorchOptimizer(Optimizer frontend) {
    this.frontend = frontend;
  }

  static TorchOptimizer of(TensorVector parameters, boolean adam, boolean fused) {
    Optimizer frontend =
        adam
            ? new Adam(parameters, new AdamOptions(Task.ADAM_RATE))
            : new SGD(parameters, new SGDOptions(Task.SGD_RATE));
    if (!fused) {
      return new TorchOptimizer(frontend) {
        @Override
        void step() {
          frontend.step();
        }
      };
    }
    return adam ? new FusedAdam(frontend, parameters) : new FusedSgd(frontend, parameters);
  }

  abstract void step();

  final void zeroGrad() {
    frontend.zero_grad();
  }

  /** The operators take lists of tensors; the gradients are other tensors in each step. */
  private abstract static class Fused extends TorchOptimizer {
    // Kept, because lists refer to it.
    private final TypePtr tensorType = new TypePtr(TensorType.get());
    private final TensorVector parameters;

    Fused(Optimizer frontend, TensorVector parameters) {
      super(frontend);
      this.parameters = parameters;
    }

    final GenericList empty() {
      return new GenericList(tensorType);
    }

    final IValue parameters() {
      GenericList list = empty();
      for (long i = 0; i < parameters.size(); i++) {
        list.push_back(new IValue(parameters.get(i)));
      }
      return new IValue(list);
    }

    final IValue gradients() {
      GenericList list = empty();
      for (long i = 0; i < parameters.size(); i++) {
        list.push_back(new IValue(parameters.get(i).grad()));
      }
      return new IValue(list);
    }
  }

  private static final class FusedSgd extends Fused {
    private final OperatorHandle update =
        Dispatcher.singleton().findSchemaOrThrow("aten::_fused_sgd_", "");
    private final IValue own = parameters();
    private final IValue none = new IValue(empty());
    private final IValue zero = new IValue(0.0);
    private final IValue rate = new IValue(Task.SGD_RATE);
    private final IValue no = new IValue(false);
    private final IValue absent = new IValue();

    FusedSgd(Optimizer frontend, TensorVector parameters) {
      super(frontend, parameters);
    }

    @Override
    void step() {
      try (NoGradGuard guard = new NoGradGuard()) {
        update.callBoxed(
            new IValueVector(
                own, gradients(), none, zero, zero, rate, zero, no, no, no, absent, absent));
      }
    }
  }

  private static final class FusedAdam extends Fused {
    private final OperatorHandle update =
        Dispatcher.singleton().findSchemaOrThrow("aten::_fused_adam_", "");
    private final OperatorHandle count =
        Dispatcher.singleton().findSchemaOrThrow("aten::_foreach_add_", "Scalar");
    private final IValue own = parameters();
    private final IValue mean;
    private final IValue square;
    private final IValue steps;
    private final IValue none = new IValue(empty());
    private final IValue one = new IValue(1L);
    private final IValue rate = new IValue(Task.ADAM_RATE);
    private final IValue beta1 = new IValue(0.9);
    private final IValue beta2 = new IValue(0.999);
    private final IValue decay = new IValue(0.0);
    private final IValue eps = new IValue(1e-8);
    private final IValue no = new IValue(false);
    private final IValue absent = new IValue();

    FusedAdam(Optimizer frontend, TensorVector parameters) {
      super(frontend, parameters);
      GenericList means = empty();
      GenericList squares = empty();
      GenericList counts = empty();
      for (long i = 0; i < parameters.size(); i++) {
        Tensor p = parameters.get(i).detach();
        means.push_back(new IValue(torch.zeros_like(p)));
        squares.push_back(new IValue(torch.zeros_like(p)));
        counts.push_back(new IValue(AbstractTensor.create(0f).squeeze()));
      }
      mean = new IValue(means);
      square = new IValue(squares);
      steps = new IValue(counts);
    }

    @Override
    void step() {
      try (NoGradGuard guard = new NoGradGuard()) {
        count.callBoxed(new IValueVector(steps, one));
        update.callBoxed(
            new IValueVector(
                own, gradients(), mean, square, none, steps, rate, beta1, beta2, decay, eps, no,
                no, absent, absent));
      }
    }
  }
}
