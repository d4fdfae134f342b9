"""The rows of the command table, and the workspaces that arrange the panels; ``commands`` searches and prints them."""

from __future__ import annotations

from seisgui.gui.command_kinds import MENUS, NEEDS, Command, Workspace
from seisgui.gui.picking_commands import PICKING_COMMANDS

__all__ = ["COMMANDS", "MENUS", "NEEDS", "TOOLBAR", "WORKSPACES", "Command", "Workspace"]

# fmt: off
_FILE = (
    Command("file.open", "Open…", "File", "Open a SEG-Y, an npz section or a project.", ("Ctrl+O",), icon="open",
            terminal="seisgui open FILE...", short="Open"),
    Command("file.open_project", "Open project…", "File", "Open a .seisproj folder.", ("Ctrl+Shift+O",),
            terminal="seisgui open PROJECT"),
    Command("file.new_project", "New project…", "File", "Make an empty project in a folder of your choice.",
            ("Ctrl+N",), terminal="seisgui new PROJECT"),
    Command("file.sample", "Open the sample survey", "File",
            "Make a small survey with layers, a fault and a salt body, and take the five-minute tour.",
            terminal="seisgui demo"),
    Command("file.add_volume", "Add volume to this project…", "File",
            "Add another survey, line or attribute volume to the open project.", needs="project", rule=True,
            terminal="seisgui add-volume PROJECT FILE"),
    Command("file.add_gathers", "Add gathers…", "File", "Add shots or waveforms to the open project.", needs="project",
            terminal="seisgui add-gathers PROJECT FILE..."),
    Command("file.add_horizon", "Add horizon or fault sticks…", "File",
            "Load ASCII horizons (IL XL Z or X Y Z) or fault sticks.", needs="volume",
            terminal="seisgui add-horizon PROJECT FILE"),
    Command("file.import_labels", "Import labels…", "File",
            "Import MalenoV points, CSV, npz or SEG-Y labels; class names are yours to check.", needs="volume",
            terminal="seisgui import-labels PROJECT FILE"),
    Command("file.headers", "Headers…", "File", "Read the textual, binary and trace headers of the open file.",
            ("Ctrl+H",), needs="volume", rule=True, terminal="seisgui scan FILE"),
    Command("file.layout", "Correct header bytes…", "File",
            "Choose other header bytes, domain or interval; labels stay on their traces.", needs="volume"),
    Command("file.make_copies", "Make display copies", "File",
            "Make 8-bit copies of the volume in view, in three directions: any section at once while moving.",
            needs="copies", terminal="seisgui ingest PROJECT"),
    Command("file.remove_copies", "Remove display copies", "File",
            "Free the disk of the display copies of the volume in view; they can be made again.", needs="copies"),
    Command("file.locate", "Locate missing sources…", "File", "Say where moved SEG-Y files are now.",
            needs="project"),
    Command("file.save", "Save now", "File",
            "Every stroke is saved at once; this waits until the disk has all of it.", ("Ctrl+S",), needs="project",
            icon="save", short="Save", rule=True),
    Command("file.close_project", "Close project", "File", "Close the project; everything in it is on disk.",
            ("Ctrl+W",), needs="project"),
    Command("file.preferences", "Preferences…", "File", "Cache folder, theme and device.", ("Ctrl+,",), rule=True),
    Command("file.quit", "Quit", "File", "Stop running jobs and close the window.", ("Ctrl+Q",), rule=True),
)

_EDIT = (
    Command("edit.undo", "Undo", "Edit", "Take back the last edit, also one of an earlier session.", ("Ctrl+Z",),
            needs="undo", icon="undo", short="Undo"),
    Command("edit.redo", "Redo", "Edit", "Do again what was taken back.", ("Ctrl+Shift+Z", "Ctrl+Y"), needs="redo",
            icon="redo", short="Redo"),
    Command("edit.class_add", "Add class…", "Edit", "Add a facies class to the label set.", needs="labels",
            rule=True),
    Command("edit.class_rename", "Rename class…", "Edit", "Rename the active class.", ("F2",), needs="labels"),
    Command("edit.class_recolour", "Colour of class…", "Edit", "Give the active class another colour.",
            needs="labels"),
    Command("edit.class_merge", "Merge class into…", "Edit", "Give all pixels of the active class to another.",
            needs="labels"),
    Command("edit.label_set_add", "New label set…", "Edit",
            "Start another set of labels beside this one, for another person or purpose.", needs="labels"),
    Command("palette.open", "Command palette…", "Edit", "Find any command by a few letters.", ("Ctrl+K",), rule=True),
)

_VIEW = (
    Command("view.inline", "Inline", "View", "Show an inline in the active pane.", ("I",), "facies", needs="volume"),
    Command("view.crossline", "Crossline", "View", "Show a crossline in the active pane.", ("X",), "facies",
            needs="volume"),
    Command("view.time", "Time or depth slice", "View", "Show a horizontal slice in the active pane.", ("Z",),
            "facies", needs="volume"),
    Command("view.map", "Map", "View", "Show the survey map in the active pane.", ("M",), "facies", needs="volume"),
    Command("view.next", "Next line or gather", "View", "Step to the next line, gather or record.", ("PgDown",),
            needs="shown", rule=True),
    Command("view.previous", "Previous line or gather", "View", "Step to the previous line, gather or record.",
            ("PgUp",), needs="shown"),
    Command("view.next_ten", "Ten on", "View", "Step ten lines, gathers or records on.", ("Shift+PgDown",),
            needs="shown"),
    Command("view.previous_ten", "Ten back", "View", "Step ten lines, gathers or records back.", ("Shift+PgUp",),
            needs="shown"),
    Command("view.fit", "Fit", "View", "Show the whole section, gather or record.", ("F",), needs="shown", rule=True),
    Command("view.zoom_in", "Zoom in", "View", "Enlarge about the centre.", ("Ctrl++", "Ctrl+="), needs="shown"),
    Command("view.zoom_out", "Zoom out", "View", "Shrink about the centre.", ("Ctrl+-",), needs="shown"),
    Command("view.flip", "Flip laterally", "View", "Mirror the sections left to right.", checkable=True,
            needs="volume"),
    Command("view.panes1", "One pane", "View/Panes", "One view.", ("Ctrl+Alt+1",), checkable=True, group="panes"),
    Command("view.panes2", "Two panes", "View/Panes", "Two views side by side.", ("Ctrl+Alt+2",), checkable=True,
            group="panes"),
    Command("view.panes4", "Four panes", "View/Panes", "Four views.", ("Ctrl+Alt+4",), checkable=True, group="panes"),
    Command("view.linked", "Link panes", "View/Panes", "Share crosshair, zoom and line numbers between panes.",
            checkable=True, rule=True),
    Command("view.labels", "Labels", "View/Layers", "Show or hide the painted labels.", ("Shift+L",), "facies",
            checkable=True),
    Command("view.prediction", "Prediction", "View/Layers", "Show or hide the predicted classes.", ("Shift+P",),
            "facies", checkable=True),
    Command("view.entropy", "Uncertainty", "View/Layers", "Show or hide where the network is unsure.", ("Shift+U",),
            "facies", checkable=True),
    Command("view.probability", "Probability of one class", "View/Layers",
            "Show or hide how likely one class is everywhere; the Layers panel chooses the class.", ("Shift+C",),
            "facies", checkable=True),
    Command("view.difference", "Difference between runs", "View/Layers",
            "Show or hide where the run in view and a second one name different classes.", ("Shift+D",), "facies",
            checkable=True),
    Command("view.disagreement", "Disagreement of label sets", "View/Layers",
            "Show or hide where another label set says something else.", ("Shift+G",), "facies", checkable=True),
    Command("view.horizons", "Horizons and faults", "View/Layers", "Show or hide horizons and fault sticks.",
            ("Shift+H",), "facies", checkable=True),
    Command("view.full_screen", "Full screen", "View", "Use the whole screen.", ("F11",), checkable=True, rule=True),
    Command("theme.system", "Like the system", "View/Theme", "Dark or light as the system says.", checkable=True,
            group="theme"),
    Command("theme.light", "Light", "View/Theme", "Light window.", checkable=True, group="theme"),
    Command("theme.dark", "Dark", "View/Theme", "Dark window.", checkable=True, group="theme"),
)

_PANELS = tuple(
    Command(f"panel.{name}", title, "View/Panels", tip, checkable=True)
    for name, title, tip in (
        ("project", "Project", "Datasets, volumes, gathers, label sets and horizons."),
        ("layers", "Layers", "What is drawn over what, and how opaque."),
        ("display", "Display", "Colour map, clip, gain, AGC, wiggle or density."),
        ("brush", "Painting", "Neighbouring lines, what may be painted over, snapping, tolerance of the flood fill."),
        ("statistics", "Statistics", "Histogram and spectrum of the visible window, from true amplitudes."),
        ("classes", "Classes", "Facies classes with colours, counts and keys."),
        ("explorer", "Labelled sections", "Which sections carry labels of which classes."),
        ("suggestions", "Suggestions", "Lines worth labelling next, with reasons."),
        ("training", "Training", "Network, held-out areas, curves."),
        ("runs", "Runs", "All training runs with scores beside position baselines."),
        ("gathers", "Gathers", "Shots, stations or events of the gathers in view, with counts of their picks."),
        ("picks", "Picks", "The phase in hand, picks of this set, proposals of a run to accept or reject."),
        ("traces", "Traces", "How gathers are drawn: traces or density, bandpass, gain, spacing, component."),
        ("guide", "Guide", "The five-minute tour."),
    )
)

_TOOLS = (
    ("label.brush", "Brush", "B", "brush", "Paint with an ellipse; right button erases, Shift draws straight."),
    ("label.eraser", "Eraser", "E", "eraser", "Take labels away."),
    ("label.line", "Line", "L", "line", "Click points of a line; double click or Enter ends it."),
    ("label.polygon", "Polygon", "P", "polygon", "Click corners; double click or Enter fills the polygon."),
    ("label.fill", "Flood fill", "G", "fill", "Fill pixels of similar amplitude around the click."),
    (
        "label.fill_between",
        "Fill between horizons",
        "H",
        "fill_between",
        "Fill between the two horizons about the click.",
    ),
)

_LABEL = (
    *(
        Command(
            name, title, "Label", tip, (key,), "facies", icon, True, "tool", "volume",
            short=title.removesuffix(" horizons"),
        )
        for name, title, key, icon, tip in _TOOLS
    ),
    Command("view.pan", "Move the section", "Label", "Drag the section; the middle button does it with any tool.",
            ("V",), "facies", "pan", True, "tool", "volume", short="Move", rule=True),
    Command("view.zoom", "Zoom to rectangle", "Label", "Drag a rectangle to enlarge it.", ("R",), "facies", "zoom",
            True, "tool", "volume", short="Zoom"),
    Command("label.swap_tool", "Last tool", "Label", "Go back to the tool used before.", ("Space",), "facies",
            needs="volume", rule=True, in_views=True),
    Command("label.bigger", "Bigger brush", "Label", "Enlarge the brush.", ("]",), "facies"),
    Command("label.smaller", "Smaller brush", "Label", "Shrink the brush.", ("[",), "facies"),
    *(
        Command(
            f"label.class{n}",
            f"Class {n}",
            "Label/Active class",
            f"Paint with the class number {n} of the list.",
            (str(n),),
            "facies",
            needs="labels",
        )
        for n in range(1, 10)
    ),
    Command("label.restrict_all", "All pixels", "Label/Paint over", "Paint over anything.", workspace="facies",
            checkable=True, group="restrict"),
    Command("label.restrict_unlabelled", "Only unlabelled pixels", "Label/Paint over", "Leave existing labels alone.",
            workspace="facies", checkable=True, group="restrict"),
    Command("label.restrict_class", "Only the active class's rivals…", "Label/Paint over",
            "Paint only over pixels of a class that you choose.", workspace="facies", checkable=True,
            group="restrict"),
    Command("label.previous_labelled", "Previous labelled section", "Label", "Jump to the labelled section before.",
            ("Ctrl+PgUp",), "facies", needs="labels", rule=True),
    Command("label.next_labelled", "Next labelled section", "Label", "Jump to the labelled section after.",
            ("Ctrl+PgDown",), "facies", needs="labels"),
)

_TRAIN = (
    Command("train.start", "Train", "Train", "Train the chosen network on the labels or picks.", ("Ctrl+T",), "",
            "train", needs="trainable", terminal="seisgui train PROJECT --task TASK", short="Train"),
    Command("train.stop", "Stop, keep the best", "Train", "End training now and keep the best weights so far.",
            ("Ctrl+.",), "", "stop", needs="training", short="Stop"),
    Command("train.discard", "Discard", "Train", "End training and throw its result away.", (), "",
            needs="training"),
    Command("train.pause", "Pause", "Train", "Hold training; press again to go on.", (), "", checkable=True,
            needs="training"),
    Command("train.live", "Live", "Train", "Learn from every stroke or pick at once and refresh predictions.",
            ("Ctrl+L",), "", "live", True, needs="livable", rule=True, short="Live"),
    Command("train.freeze", "Freeze predictions", "Train", "Keep the present predictions while live training goes on.",
            checkable=True, needs="live", short="Freeze"),
    Command("train.library", "Model library…", "Train",
            "All weights to start from, and what they were trained on; import and download more.", (), "",
            rule=True),
)

_REVIEW = (
    Command("review.predict", "Predict the visible sections", "Review",
            "Ask the current run for the sections in view.", ("Ctrl+R",), "facies", needs="run",
            terminal="seisgui predict PROJECT --run RUN --inline N"),
    Command("review.predict_volume", "Predict the whole volume…", "Review",
            "Predict every section in the background; what is done is kept and shown.", (), "facies", needs="run",
            terminal="seisgui predict PROJECT --run RUN --volume"),
    Command("review.accept", "Accept prediction as labels…", "Review",
            "Choose a confidence, see what would become labels, and accept it; pressed again it accepts.", ("A",),
            "facies", needs="reviewable", terminal="seisgui accept PROJECT --run RUN --inline N --confidence .9",
            rule=True),
    Command("review.lasso", "Accept inside a lasso", "Review",
            "Drag around the part of the prediction that is to become labels.", ("Shift+A",), "facies",
            checkable=True, group="tool", needs="reviewable"),
    Command("review.propagate", "Fill between labelled lines…", "Review",
            "Label the lines between two labelled ones automatically, to be reviewed like a prediction.", ("Ctrl+B",),
            "facies", needs="labels", terminal="seisgui propagate PROJECT --inline A --inline B"),
    Command("review.suggest", "Suggest what to label next", "Review",
            "Rank lines without labels by what a label there would teach, with reasons.", ("N",), "facies",
            needs="run", terminal="seisgui suggest PROJECT --run RUN", short="Suggest", rule=True),
    Command("review.next_suggestion", "Go to the next suggestion", "Review", "Show the next suggested line.",
            ("Shift+N",), "facies", needs="suggestions", short="Next one"),
    Command("review.swipe", "Swipe two runs", "Review",
            "Put a divider on the sections: left of it the run in view, right of it the second one.", ("S",),
            "facies", checkable=True, needs="run", rule=True),
    Command("review.swipe_left", "Divider to the left", "Review", "Move the divider between two runs to the left.",
            ("Ctrl+Left",), "facies", needs="swipe"),
    Command("review.swipe_right", "Divider to the right", "Review", "Move the divider between two runs to the right.",
            ("Ctrl+Right",), "facies", needs="swipe"),
    Command("review.other_run", "Second run…", "Review",
            "Choose the run that swipe and difference hold the present one against.", ("Shift+S",), "facies",
            needs="run"),
    Command("review.compare_labels", "Compare two label sets…", "Review",
            "Agreement a class, Cohen's kappa and confusion of this label set and another one.", (), "facies",
            needs="labels", terminal="seisgui compare-labels PROJECT FIRST SECOND", rule=True),
    Command("review.scores", "Scores class by class…", "Review",
            "Confusion matrix of the run in view on held-out labels, and each class from run to run.", ("Ctrl+M",),
            "facies", needs="run", terminal="seisgui runs PROJECT --json"),
    Command("review.compare", "Compare runs…", "Review",
            "Two or more runs beside each other and beside the baselines.", (), "facies", needs="run",
            terminal="seisgui runs PROJECT"),
    Command("review.roll_back", "Back to the run before", "Review",
            "Make the run that was made before the present one current again.", ("Ctrl+Backspace",),
            needs="earlier run"),
)

_EXPORT = (
    Command("file.export", "Export prediction…", "Export",
            "Write classes, a probability or uncertainty as SEG-Y with the original headers, verified after writing.",
            ("Ctrl+E",), "facies", "export", needs="run", terminal="seisgui export PROJECT --run RUN OUT.sgy"),
    Command("file.export_labels", "Export labels…", "Export",
            "Write the labels as MalenoV points, CSV, npz or SEG-Y.", needs="labels",
            terminal="seisgui export-labels PROJECT OUT"),
    Command("file.picture", "Save picture of the views…", "Export", "Save what the views show as PNG.",
            needs="volume", terminal="seisgui screenshot PROJECT OUT.png", rule=True),
)

_HELP = (
    Command("help.tour", "Five-minute tour", "Help", "Step by step through the loop on the sample survey."),
    Command("help.shortcuts", "Shortcuts", "Help", "All keys on one sheet.", ("Ctrl+/", "Shift+F1")),
    Command("help.panel", "Help on this panel", "Help", "What the panel under the keyboard does.", ("F1",)),
    Command("help.log", "Copy details for a report", "Help", "Version, system and last messages, with paths masked."),
    Command("help.about", "About SeisGUI", "Help", "Version, licence, libraries.", rule=True),
)
# fmt: on

# Impedance (Ctrl+2) joins here together with the panels it arranges.
WORKSPACES = (
    Workspace(
        "facies",
        "Facies",
        "Ctrl+1",
        left=(("panel.project",), ("panel.classes",), ("panel.explorer", "panel.suggestions")),
        right=(("panel.layers", "panel.display", "panel.brush", "panel.statistics"), ("panel.training", "panel.runs")),
    ),
    Workspace(
        "picking",
        "Picking",
        "Ctrl+3",
        left=(("panel.project",), ("panel.gathers",)),
        right=(("panel.picks", "panel.runs"), ("panel.training", "panel.traces")),
        centre="gathers",
    ),
)

_WORKSPACES = tuple(
    Command(
        f"workspace.{space.name}",
        space.title,
        "View/Workspace",
        f"Arrange the panels for {space.title.lower()}.",
        (space.shortcut,),
        checkable=True,
        group="workspace",
    )
    for space in WORKSPACES
)

COMMANDS: tuple[Command, ...] = (
    _FILE + _EDIT + _VIEW + PICKING_COMMANDS + _PANELS + _WORKSPACES + _LABEL + _TRAIN + _REVIEW + _EXPORT + _HELP
)

TOOLBAR: tuple[tuple[str, ...], ...] = (
    ("file.open",),
    (*(name for name, *_ in _TOOLS), "view.pan", "view.zoom"),
    ("brush size", "class"),
    ("edit.undo", "edit.redo"),
    ("train.live", "train.start", "train.stop"),
    ("overlay",),
    ("gather.gather", "gather.traces"),
    ("pick.look", "pick.p", "pick.s", "pick.snap"),
    ("pick.accept", "pick.reject", "pick.next"),
)
