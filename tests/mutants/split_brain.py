"""What we got wrong in taking over an account, and a bridge between two leaders showed."""

from tests.mutants.mutant import Edit, Mutant

SPLIT_BRAIN = (
    Mutant(
        "split-brain",
        "takes-over-twice",
        (
            Edit(
                "Account.take_over",
                "self.taking_over = 0 if is_due else self.taking_over",
                "self.taking_over = self.taking_over if is_due and self.is_enough(set(self.reported)) else 0",
            ),
        ),
        "acknowledged-kept",
        "split-brain/bridge-refuses",
        ("seed=6",),
    ),
    Mutant(
        "split-brain",
        "minority-serves",
        (Edit("Account.is_enough", 'if self.options.rule == "none":', "if True:"),),
        "acknowledged-kept",
        "split-brain/bridge-refuses",
    ),
)
